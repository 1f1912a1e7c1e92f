"""Looking at payments, by those whom they concern."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from contracts.base import new_id
from svc_payments.payment_models import OPEN, Payment

#: An open payment is asked about at most so often, however many look at it.
ASK_EVERY = timedelta(seconds=1)


def new_payment_id() -> str:
    """Return the id of a payment that is not there yet."""
    return new_id()


def find(session: Session, payment_id: str, user_id: str) -> Payment | None:
    """Return a payment that somebody has made or got."""
    payment = session.get(Payment, payment_id)
    concerned = payment is not None and user_id in (payment.payer_id, payment.payee_id)
    return payment if concerned else None


def list_of(
    session: Session, user_id: str, role: str, conversation_id: str | None, limit: int, before: str | None
) -> Sequence[Payment]:
    """Return what somebody paid or got, the newest first."""
    side = Payment.payer_id if role == "payer" else Payment.payee_id
    query = select(Payment).where(side == user_id)
    if conversation_id is not None:
        query = query.where(Payment.conversation_id == conversation_id)
    if before is not None:
        query = query.where(Payment.id < before)
    return session.scalars(query.order_by(Payment.id.desc()).limit(limit)).all()


def take_turn(session: Session, payment_id: str) -> Payment | None:
    """Return an open payment that nobody has asked the provider about for a second, and note that it is now."""
    mine = (
        Payment.id == payment_id,
        Payment.status.in_(OPEN),
        Payment.asked_at <= func.clock_timestamp() - ASK_EVERY,
    )
    asked = update(Payment).where(*mine).values(asked_at=func.clock_timestamp())
    return session.scalar(asked.returning(Payment))


def stale(session: Session, older_than: datetime, limit: int) -> list[str]:
    """Return open payments that the provider was not asked about since then, and note that they are asked now."""
    due = (
        select(Payment.id)
        .where(Payment.status.in_(OPEN), Payment.asked_at <= older_than)
        .order_by(Payment.asked_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")  # is run once; a subquery may be run again for each row, and then takes more than its limit
    )
    asked = update(Payment).where(Payment.id == due.c.id).values(asked_at=func.clock_timestamp())
    return list(session.scalars(asked.returning(Payment.id)))
