"""Payouts: money leaves a person's balance at once, and is back in it where the provider cannot send it on."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from contracts.base import new_id
from contracts.payments import AmountInvalid, PayoutAccountMissing, limits_of
from svc_payments.actions import calls
from svc_payments.ledger import accounts
from svc_payments.ledger.balances import lock_enough
from svc_payments.ledger.posting import Cause, Move, post
from svc_payments.plan_models import Payout, PayoutAccount
from svc_payments.provider.base import TransferSnapshot

#: The least payout in minor units, about ten euros: below it the provider's fees eat it up.
LEAST = {"EUR": 1_000, "USD": 1_000, "GBP": 1_000, "MXN": 20_000, "JPY": 1_500}
#: Which handler of `actions.calling` makes the provider's call.
CALL = "transfer"


def create_payout(session: Session, user_id: str, amount: int, currency: str, now: datetime) -> Payout:
    """Take money out of a person's balance, to be sent to their bank after this transaction.

    Raises:
        AmountInvalid: Too little, or too much.
        PayoutAccountMissing: There is nowhere to send it.
        BalanceTooLow: Less is available.
    """
    _, most = limits_of(currency)
    if not LEAST[currency] <= amount <= most:
        raise AmountInvalid(field="amount", least=LEAST[currency], most=most)
    account = session.get(PayoutAccount, user_id)
    if account is None or not account.ready or account.account_id is None:
        raise PayoutAccountMissing
    lock_enough(session, accounts.person(user_id), currency, amount)
    payout = Payout(
        user_id=user_id,
        id=new_id(),
        amount=amount,
        currency=currency,
        status="created",
        account_id=account.account_id,
        reversed=0,
        created_at=now,
    )
    session.add(payout)
    session.flush()
    moves = [Move(accounts.person(user_id), -amount), Move(accounts.in_payout(user_id), amount)]
    _post(session, "payout", payout.id, Cause("command", payout.id), payout, moves)
    calls.want(session, call_id=payout.id, kind=CALL, subject_id=payout.id, arguments={"user_id": user_id})
    return payout


def settle_payout(session: Session, payout_id: str, snapshot: TransferSnapshot, cause: Cause) -> Payout | None:
    """Bring a payout to what the provider says of its transfer; None where it is none of ours.

    What was sent and came back, all of it or a part, is in the balance again.
    """
    payout = lock(session, payout_id)
    if payout is None or (snapshot.amount, snapshot.currency) != (payout.amount, payout.currency):
        return None
    if payout.transfer_id not in (None, snapshot.transfer_id):
        return None
    _arrive(session, payout, snapshot, cause)
    if snapshot.amount_reversed > payout.reversed:
        _come_back(session, payout, snapshot, cause)
    _forget_account(session, payout)
    return payout


def _forget_account(session: Session, payout: Payout) -> None:
    """Forget where a payout went whose person has gone meanwhile."""
    if session.get(PayoutAccount, payout.user_id) is None:
        payout.account_id = None


def _arrive(session: Session, payout: Payout, snapshot: TransferSnapshot, cause: Cause) -> None:
    if payout.status == "paid" or (payout.status == "failed" and payout.reversed):
        return
    moves = [Move(accounts.in_payout(payout.user_id), -payout.amount), Move(accounts.PROVIDER, payout.amount)]
    if payout.status == "failed":  # it was given up here, and was sent nevertheless
        moves[0] = Move(accounts.person(payout.user_id), -payout.amount)
    kind = "payout_paid" if payout.status != "failed" else "refund_of_payout_undone"  # may go below zero
    _post(session, kind, payout.id, cause, payout, moves)
    payout.status, payout.failure = "paid", None
    payout.transfer_id, payout.paid_at = snapshot.transfer_id, snapshot.created


def _come_back(session: Session, payout: Payout, snapshot: TransferSnapshot, cause: Cause) -> None:
    back = snapshot.amount_reversed - payout.reversed
    moves = [Move(accounts.PROVIDER, -back), Move(accounts.person(payout.user_id), back)]
    key = f"{snapshot.transfer_id}:{snapshot.amount_reversed}"
    _post(session, "payout_reversed", key, cause, payout, moves)
    payout.reversed = snapshot.amount_reversed
    if payout.reversed == payout.amount:
        payout.status, payout.failure = "failed", "reversed"


def fail_payout(session: Session, payout_id: str, failure: str, cause: Cause) -> Payout | None:
    """Put the money back of a payout that the provider will never make."""
    payout = lock(session, payout_id)
    if payout is None or payout.status not in ("created", "in_transit"):
        return payout
    moves = [
        Move(accounts.in_payout(payout.user_id), -payout.amount),
        Move(accounts.person(payout.user_id), payout.amount),
    ]
    _post(session, "payout_failed", payout.id, cause, payout, moves)
    payout.status, payout.failure = "failed", failure
    _forget_account(session, payout)
    return payout


def _post(session: Session, kind: str, key: str, cause: Cause, payout: Payout, moves: list[Move]) -> None:
    post(session, kind=kind, key=key, cause=cause, currency=payout.currency, moves=moves, memo=payout.id)


def lock(session: Session, payout_id: str) -> Payout | None:
    """Return a payout under its lock."""
    query = select(Payout).where(Payout.id == payout_id).with_for_update().execution_options(populate_existing=True)
    return session.scalars(query).first()


def list_of(session: Session, user_id: str, limit: int, before: str | None) -> list[Payout]:
    """Return somebody's payouts, the newest first."""
    query = select(Payout).where(Payout.user_id == user_id)
    if before is not None:
        query = query.where(Payout.id < before)
    return list(session.scalars(query.order_by(Payout.id.desc()).limit(limit)))
