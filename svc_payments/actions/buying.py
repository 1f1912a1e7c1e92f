"""Buying a thing that nobody needs twice."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from contracts.payments import AlreadyPaidFor
from svc_payments.actions import canceling, entitlements, paying
from svc_payments.actions.paying import Order
from svc_payments.payment_models import OPEN, Payment

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('buy ' || :payer_id || ' ' || :post_id, 0))")


def buy_post(session: Session, order: Order) -> Payment:
    """Begin to buy a post, or return the payment by which that was begun.

    Raises:
        AlreadyPaidFor: The payer may read it.
        BalanceTooLow: Their balance does not hold the price.
    """
    session.execute(_LOCK, {"payer_id": order.payer_id, "post_id": order.post_id})
    begun = _begun(session, order)  # before the ledger is read: what was paid meanwhile is seen there
    if begun is not None:
        return begun
    for kind, subject_id in (("post", order.post_id), ("channel", order.channel_id)):
        if entitlements.find(session, order.payer_id, kind, [str(subject_id)]):
            raise AlreadyPaidFor
    return paying.begin(session, order, datetime.now(UTC))


def end_other_try(session: Session, order: Order) -> str | None:
    """Begin to end an open try to buy the same thing in another way; return the payment whose end is wanted."""
    begun = _begun(session, order)
    if begun is None or begun.method == order.method:
        return None
    canceling.cancel(session, begun.id, order.payer_id)
    return begun.id


def _begun(session: Session, order: Order) -> Payment | None:
    mine = (
        Payment.payer_id == order.payer_id,
        Payment.post_id == order.post_id,
        Payment.kind == "post",
        Payment.status.in_(OPEN),
    )
    return session.scalar(select(Payment).where(*mine).with_for_update())
