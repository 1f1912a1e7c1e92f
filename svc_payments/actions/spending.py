"""Payments from balances, of many people together: decided, posted and told by one statement each.

It is what `paying.begin` does, for payments that open nothing and answer nothing. One transaction holds all of them, so
what may be refused is refused before anything is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from contracts.base import ServiceError, Unavailable
from contracts.payments import BalanceTooLow
from plumbing import codec, idempotency
from plumbing.idempotency import KeyedCall
from plumbing.prepared import Prepared
from svc_payments.actions import paying, telling
from svc_payments.actions.paying import Order
from svc_payments.ledger import accounts
from svc_payments.ledger.balances import Purse, lock_all_spending
from svc_payments.ledger.posting import Cause, post_all
from svc_payments.payment_models import Payment

_STORED = {
    "id": "uuid",
    "kind": "text",
    "status": "text",
    "payer_id": "uuid",
    "payee_id": "uuid",
    "amount": "bigint",
    "currency": "text",
    "fee": "bigint",
    "note": "text",
    "method": "text",
    "conversation_id": "uuid",
    "channel_id": "uuid",
    "post_id": "uuid",
    "return_path": "text",
    "version": "integer",
    "created_at": "timestamptz",
    "succeeded_at": "timestamptz",
    "asked_at": "timestamptz",
}
_STORE = Prepared(
    f"""
INSERT INTO payments ({", ".join(_STORED)})
SELECT * FROM json_to_recordset(:rows) AS x({", ".join(f"{name} {kind}" for name, kind in _STORED.items())})
""",  # noqa: S608 - put together of constants
    rows="json",
)


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to pay from their balance.

    Attributes:
        call: Their key, and what they asked.
        order: Opens nothing, and answers no request.
        refusal: Why it is not to be made; a call that came before is answered nevertheless.
    """

    call: KeyedCall
    order: Order
    refusal: ServiceError | None = None

    @property
    def purse(self) -> Purse:
        """Where the money is to come from."""
        return accounts.person(self.order.payer_id), self.order.currency


#: The payment, or why there is none.
Outcome = Payment | ServiceError


def pay_all(session: Session, wishes: Sequence[Wish], now: datetime) -> list[Outcome]:
    """Make payments, each once for its key and whatever comes of the others; return what came of each."""
    first: dict[KeyedCall, Wish] = {}
    for wish in wishes:  # the same call twice is one wish
        first.setdefault(wish.call, wish)
    noted = idempotency.note_all(
        session, {call: wish.order.payment_id for call, wish in first.items() if wish.refusal is None}
    )
    outcomes = _pay(session, [wish for call, wish in first.items() if call in noted], now)
    outcomes |= _made_before(session, [wish for call, wish in first.items() if call not in noted])
    return [outcomes[wish.call] for wish in wishes]


def _pay(session: Session, wishes: Sequence[Wish], now: datetime) -> dict[KeyedCall, Outcome]:
    if not wishes:
        return {}
    outcomes: dict[KeyedCall, Outcome] = dict(_too_much(session, wishes))
    idempotency.withdraw(session, outcomes)
    paid = {wish.call: _paid(wish.order, now) for wish in wishes if wish.call not in outcomes}
    _store(session, list(paid.values()), now)
    return outcomes | paid


def _too_much(session: Session, wishes: Sequence[Wish]) -> dict[KeyedCall, ServiceError]:
    """Lock the payers' accounts, and return whose balance does not hold what they want, one wish after the other."""
    left = lock_all_spending(session, {wish.purse for wish in wishes})
    refused: dict[KeyedCall, ServiceError] = {}
    for wish in wishes:
        if left[wish.purse] < wish.order.amount:
            refused[wish.call] = BalanceTooLow(available=max(left[wish.purse], 0))
        else:
            left[wish.purse] -= wish.order.amount
    return refused


def _paid(order: Order, now: datetime) -> Payment:
    payment = paying.new_payment(order, now)
    payment.status, payment.succeeded_at, payment.version = "succeeded", now, 1
    return payment


def _store(session: Session, payments: Sequence[Payment], now: datetime) -> None:
    if not payments:
        return
    rows = [{name: getattr(payment, name) for name in _STORED} for payment in payments]
    _STORE.run(session, rows=codec.encode(rows).decode())
    post_all(session, [paying.posting_of(each, Cause("command", each.id), now) for each in payments])
    telling.succeeded(session, payments)


def _made_before(session: Session, wishes: Sequence[Wish]) -> dict[KeyedCall, Outcome]:
    outcomes = {wish.call: _first(session, wish) for wish in wishes}
    ids = [each for each in outcomes.values() if isinstance(each, str)]
    rows: Any = session.scalars(select(Payment).where(Payment.id.in_(ids))) if ids else ()
    found = {payment.id: payment for payment in rows}
    return {call: found[each] if isinstance(each, str) else each for call, each in outcomes.items()}


def _first(session: Session, wish: Wish) -> str | ServiceError:
    """Return the id of the payment that a call made when it came first, or why there is none."""
    try:
        made = idempotency.first_result(session, wish.call)
    except ServiceError as error:
        return error
    return wish.refusal or Unavailable() if made is None else str(made)
