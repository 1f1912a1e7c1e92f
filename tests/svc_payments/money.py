"""Short ways to move money in the tests of the ledger."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from contracts.base import new_id
from plumbing.database import Transactions
from svc_payments.ledger import accounts
from svc_payments.ledger.balances import balance_of, lock_enough
from svc_payments.ledger.posting import Cause, Move, post

COMMAND = Cause("command", "a-call")
PROVIDER = Cause("provider", "evt_1")


def paid_in(session: Session, user_id: str, amount: int, *, until: datetime | None = None, **more: Any) -> str:
    """Post a card payment to somebody without a fee, held `until` then; return its key."""
    key = new_id()
    moves = [Move(accounts.PROVIDER, -amount), Move(accounts.person(user_id), amount, until)]
    assert post(session, kind="card_payment", key=key, cause=PROVIDER, currency="EUR", moves=moves, **more)
    return key


def give(session: Session, payer: str, payee: str, amount: int, key: str | None = None) -> str:
    """Pay somebody out of the payer's balance, as `begin` does; return the key."""
    key = key or new_id()
    lock_enough(session, accounts.person(payer), "EUR", amount)
    moves = [Move(accounts.person(payer), -amount), Move(accounts.person(payee), amount)]
    post(session, kind="balance_payment", key=key, cause=COMMAND, currency="EUR", moves=moves)
    return key


def held(db: Transactions, user_id: str) -> tuple[int, int]:
    """Return (available, pending) of a person."""
    with db.reading() as session:
        balance = balance_of(session, accounts.person(user_id), "EUR")
    return balance.available, balance.pending
