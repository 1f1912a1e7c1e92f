"""Renewals: what becomes of a paid subscription when its time has come.

The worker looks at each row whose `due_at` is over, one in a transaction of its own and under its lock, so that
two workers do nothing twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from contracts.base import ServiceError
from svc_payments.actions import subscribing, subscriptions
from svc_payments.plan_models import PaidSubscription

#: How long the outcome of a renewal is waited for before it is looked at again.
_WAIT = timedelta(hours=1)
_LATER = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Due:
    """A subscription to be looked at; `channel_id` None: the platform's own."""

    user_id: str
    id: str
    channel_id: str | None


def due(session: Session, now: datetime, limit: int) -> list[Due]:
    """Return up to `limit` subscriptions that are to be looked at now, the longest waiting first."""
    columns = (PaidSubscription.user_id, PaidSubscription.id, PaidSubscription.channel_id)
    query = select(*columns).where(PaidSubscription.due_at <= now).order_by(PaidSubscription.due_at)
    return [Due(*row) for row in session.execute(query.limit(limit))]


def look_at(session: Session, one: Due, owner_id: str | None, now: datetime) -> None:
    """Renew a subscription, or end it, if it is still due and nobody else is at it.

    Args:
        session: A transaction of its own.
        one: Which.
        owner_id: Who is paid: the channel's owner now; None where the channel has gone, or there is none.
        now: The time that it is.
    """
    key = (one.user_id, one.id)
    found = session.get(PaidSubscription, key, with_for_update={"skip_locked": True}, populate_existing=True)
    if found is None or found.due_at is None or found.due_at > now:
        return
    if found.status == "canceled":
        subscriptions.end(session, found, None, now)
    elif _waits(session, found, now):
        return
    elif found.status == "incomplete":
        subscriptions.end(session, found, "expired", now)
    elif found.channel_id is not None and owner_id is None:
        subscriptions.end(session, found, "channel_gone", now)
    elif now >= subscriptions.grace_end(found):
        subscriptions.end(session, found, found.failure or "not_renewed", now)
    else:
        _renew(session, found, owner_id, now)


def put_aside(session: Session, one: Due, now: datetime) -> None:
    """Look later at one that could not be looked at now, so that it does not stand in the way of others."""
    found = session.get(PaidSubscription, (one.user_id, one.id), with_for_update={"skip_locked": True})
    if found is not None and found.due_at is not None:
        found.due_at = max(found.due_at, now + _LATER)


def _waits(session: Session, found: PaidSubscription, now: datetime) -> bool:
    """Tell whether a payment may still come of it; where the grace is over it is called off."""
    if subscriptions.open_payment(session, found) is None:
        return False
    over = found.status != "incomplete" and now >= subscriptions.grace_end(found)
    if over:
        subscriptions.give_up_payment(session, found)
        return False
    found.due_at = now + _WAIT
    if found.status != "incomplete":
        found.due_at = min(found.due_at, subscriptions.grace_end(found))
    return True


def _renew(session: Session, found: PaidSubscription, owner_id: str | None, now: datetime) -> None:
    """Begin to pay the next period; where that is refused at once it is tried again later."""
    if found.method == "card":
        subscriptions.put_off(session, found, "card_needed", now)
        return
    found.due_at = min(now + _WAIT, subscriptions.grace_end(found))
    try:
        with session.begin_nested():
            subscribing.begin_period(session, found, owner_id, now, present=False)
    except ServiceError as refused:
        session.refresh(found)
        subscriptions.put_off(session, found, refused.code, now)
