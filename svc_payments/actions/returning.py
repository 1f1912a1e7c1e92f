"""Taking a payment's money back from whoever got it: what refunds and disputes have in common."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from svc_payments.actions import following, paying, telling
from svc_payments.ledger import accounts
from svc_payments.ledger.fees import fee_of_refund
from svc_payments.ledger.posting import Cause, Move, moves_of, post, reverse, transaction_id
from svc_payments.payment_models import Dispute, Payment, Refund


def gone_back(session: Session, payment: Payment) -> tuple[int, int]:
    """Return how much of a payment has gone back, and how much of its fee by that."""
    refunds = select(func.coalesce(func.sum(Refund.amount), 0), func.coalesce(func.sum(Refund.fee_back), 0)).where(
        Refund.payment_id == payment.id, Refund.status != "failed"
    )
    disputes = select(func.coalesce(func.sum(Dispute.amount), 0), func.coalesce(func.sum(Dispute.fee_back), 0)).where(
        Dispute.payment_id == payment.id, Dispute.withdrawn, Dispute.status != "won"
    )
    sums = [session.execute(query).one() for query in (refunds, disputes)]
    return int(sums[0][0] + sums[1][0]), int(sums[0][1] + sums[1][1])


def fee_back(session: Session, payment: Payment, amount: int) -> int:
    """Return the part of the fee that goes back with `amount`, after what has gone back before.

    It is what makes the sum right, whichever parts came before and failed.
    """
    before, fee_before = gone_back(session, payment)
    total = min(before + amount, payment.amount)
    return fee_of_refund(payment.amount, payment.fee, 0, total) - fee_before


def take_back(
    session: Session,
    payment: Payment,
    *,
    kind: str,
    key: str,
    cause: Cause,
    amount: int,
    fee: int,
    ends_access: bool,
    memo: str = "",
) -> None:
    """Post that `amount` goes back, `fee` of it from the platform; held money is taken from what is held."""
    post(
        session,
        kind=kind,
        key=key,
        cause=cause,
        currency=payment.currency,
        moves=[
            Move(paying.receiving_account(payment), fee - amount, _held_until(session, payment)),
            Move(accounts.FEES, -fee),
            Move(paying.paying_account(payment), amount),
        ],
        payment_id=payment.id,
        memo=memo,
        ends_access_of=paying.posted_id(payment) if ends_access and payment.access_kind else None,
    )
    telling.entitled(session, payment)
    if ends_access:
        following.access_ended(session, payment)


def give_again(session: Session, payment: Payment, *, kind: str, key: str, cause: Cause, of: tuple[str, str]) -> None:
    """Post that what went back did not: money and access are as before."""
    reverse(session, kind=kind, key=key, cause=cause, of=transaction_id(*of), payment_id=payment.id)
    telling.entitled(session, payment)


def _held_until(session: Session, payment: Payment) -> datetime | None:
    account = paying.receiving_account(payment)
    found = [move.available_at for move in moves_of(session, paying.posted_id(payment)) if move.account == account]
    return found[0] if found else None
