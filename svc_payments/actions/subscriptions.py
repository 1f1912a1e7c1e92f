"""Paid subscriptions that are there: found, put off, ended, and told of."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from contracts.clock import rfc3339
from contracts.payments import SubscriptionChanged, UnknownPaidSubscription
from plumbing.outbox import record_event
from svc_payments.actions import calls, charging, coupons, entitlements, settling
from svc_payments.options import options
from svc_payments.payment_models import OPEN, Payment
from svc_payments.plan_models import PaidSubscription

LIVE = ("incomplete", "active", "canceled", "past_due")


def lock(session: Session, user_id: str, subscription_id: str) -> PaidSubscription:
    """Lock and return somebody's subscription.

    Raises:
        UnknownPaidSubscription: They have none of that id.
    """
    key = (user_id, subscription_id)
    found = session.get(PaidSubscription, key, with_for_update=True, populate_existing=True)
    if found is None:
        raise UnknownPaidSubscription
    return found


def get(session: Session, user_id: str, subscription_id: str) -> PaidSubscription:
    """Return somebody's subscription.

    Raises:
        UnknownPaidSubscription: They have none of that id.
    """
    found = session.get(PaidSubscription, (user_id, subscription_id))
    if found is None:
        raise UnknownPaidSubscription
    return found


def list_of(session: Session, user_id: str, limit: int, before: str | None) -> list[PaidSubscription]:
    """Return somebody's subscriptions, the newest first."""
    query = select(PaidSubscription).where(PaidSubscription.user_id == user_id)
    if before is not None:
        query = query.where(PaidSubscription.id < before)
    return list(session.scalars(query.order_by(PaidSubscription.id.desc()).limit(limit)))


def find_live(session: Session, user_id: str, subject_kind: str, subject_id: str) -> PaidSubscription | None:
    """Return the one subscription to a subject that somebody has, locked."""
    mine = (PaidSubscription.user_id == user_id, PaidSubscription.subject_kind == subject_kind)
    query = select(PaidSubscription).where(*mine, PaidSubscription.subject_id == subject_id)
    live = query.where(PaidSubscription.status.in_(LIVE)).with_for_update()
    return session.scalars(live.execution_options(populate_existing=True)).first()


def put_off(session: Session, subscription: PaidSubscription, failure: str, now: datetime) -> None:
    """Try a renewal again later: three times in the grace, after which it ends."""
    grace_s = options().payments_grace_s
    over = grace_end(subscription)
    subscription.status, subscription.failure = "past_due", failure
    subscription.due_at = min(now + timedelta(seconds=grace_s / 3), over)
    told(session, subscription, now)


def grace_end(subscription: PaidSubscription) -> datetime:
    """Return until when access goes on without a renewal."""
    paid_until = subscription.paid_until or subscription.created_at
    return paid_until + timedelta(seconds=options().payments_grace_s)


def end(session: Session, subscription: PaidSubscription, failure: str | None, now: datetime) -> None:
    """End a subscription; what of it is paid stays in the ledger. A coupon that bought nothing is free again."""
    subscription.status, subscription.failure, subscription.due_at = "ended", failure, None
    subscription.ended_at = now
    if subscription.periods == 0 and subscription.coupon and subscription.channel_id:
        coupons.give_back(session, subscription.channel_id, subscription.coupon, subscription.id)
    told(session, subscription, now)


def open_payment(session: Session, subscription: PaidSubscription) -> Payment | None:
    """Return the payment of which something may still come."""
    if subscription.payment_id is None:
        return None
    payment = session.get(Payment, subscription.payment_id)
    return payment if payment is not None and payment.status in OPEN else None


def give_up_payment(session: Session, subscription: PaidSubscription) -> None:
    """Call off the payment that a subscription waits for; what is paid nevertheless still counts."""
    payment_id, subscription.payment_id = subscription.payment_id, None
    session.flush()
    if payment_id is not None:
        call_off(session, payment_id)


def call_off(session: Session, payment_id: str) -> None:
    """Cancel a payment, if something may still come of it, and have the provider let nobody pay it any more."""
    payment = settling.lock(session, payment_id)
    if payment is None or payment.status not in OPEN:
        return
    if payment.status == "created":
        calls.take_back(session, payment.id)  # where the provider is being asked, its answer will lead to the end
    else:
        charging.want_end(session, payment)
    settling.end(session, payment.id, "canceled", None)


def told(session: Session, subscription: PaidSubscription, now: datetime) -> None:
    """Tell the person how their subscription stands, and whoever keeps gates what that opens."""
    subscription.version += 1
    session.flush()
    paid_until = subscription.paid_until
    event = SubscriptionChanged(
        subscription_id=subscription.id,
        version=subscription.version,
        user_id=subscription.user_id,
        channel_id=subscription.channel_id,
        status=subscription.status,
        paid_until=rfc3339(paid_until) if paid_until else None,
    )
    record_event(session, event)
    if paid_until is not None:
        entitlements.announce(session, subscription.user_id, subscription.subject_kind, subscription.subject_id, now)
