"""Paid subscriptions: how they begin, and how people change them.

A subscription says what somebody wants; which periods are paid is in the ledger, and `paid_until` follows it. The
payment of each period has an id made of the subscription and the period's number, so that a period cannot be
charged twice, whoever begins it. Renewing is in `actions.renewing`, what payments make of them in
`actions.subscription_outcomes`, where they are found and how they end in `actions.subscriptions`.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from contracts.base import new_id
from contracts.payments import (
    AlreadyPaidFor,
    MethodInvalid,
    NotForSale,
    NotToYourself,
    UnknownPaymentMethod,
)
from svc_payments.actions import coupons, customers, entitlements, paying, subscriptions
from svc_payments.actions.plans import AD_FREE, lock_sales
from svc_payments.options import options
from svc_payments.payment_models import Payment
from svc_payments.plan_models import PaidSubscription, Plan

_PERIODS = uuid.UUID("0d5e7b0a-8f0a-4b51-9a4e-6a0a1c8d2f11")
#: How long an unpaid beginning is kept where nothing is heard of its payment.
_PATIENCE = timedelta(hours=25)


@dataclass(frozen=True)
class Terms:
    """What is subscribed to. `payee_id` None: the platform's own; `plan_id` and `channel_id` are None then, too."""

    subject_kind: str
    subject_id: str
    channel_id: str | None
    plan_id: str | None
    payee_id: str | None
    amount: int
    currency: str
    period_days: int


def terms_of(plan: Plan, owner_id: str) -> Terms:
    """Return the terms of a channel's plan.

    Raises:
        NotForSale: It is not sold any more.
    """
    if not plan.active:
        raise NotForSale
    subject = {"subject_kind": "channel", "subject_id": plan.channel_id}
    place = {"channel_id": plan.channel_id, "plan_id": plan.id, "payee_id": owner_id}
    return Terms(**subject, **place, amount=plan.amount, currency=plan.currency, period_days=plan.period_days)


def ad_free_terms(user_id: str) -> Terms:
    """Return the terms of Charla without advertising; its subject is the person who will see none."""
    currency, amount = options().ad_free()
    days = options().payments_period_days
    return Terms("ad_free", user_id, None, None, None, amount=amount, currency=currency, period_days=days)


def subscribe(
    session: Session, user_id: str, terms: Terms, method: str, coupon: str | None, return_path: str, now: datetime
) -> PaidSubscription:
    """Begin a subscription and the payment of its first period.

    One that was begun and never paid gives way.

    Raises:
        AlreadyPaidFor: They have access.
        NotToYourself: It is their own channel.
        UnknownCoupon: It cannot be used by them now.
        UnknownPaymentMethod: They have no such card.
    """
    if terms.payee_id == user_id:
        raise NotToYourself
    _demand_method(session, user_id, method)
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"{user_id} {terms.subject_id}", 0))))
    if terms.channel_id is not None and terms.payee_id is not None:
        lock_sales(session, terms.channel_id, terms.payee_id)
    _make_room(session, user_id, terms, now)
    subscription = _new(user_id, terms, method, now)
    if coupon is not None:
        _discount(session, subscription, coupon, now)
    session.add(subscription)
    begin_period(session, subscription, terms.payee_id, now, return_path=return_path)
    return subscription


def _demand_method(session: Session, user_id: str, method: str) -> None:
    if method not in (paying.BALANCE, paying.CARD) and not customers.has_card(session, user_id, method):
        raise UnknownPaymentMethod


def _new(user_id: str, terms: Terms, method: str, now: datetime) -> PaidSubscription:
    return PaidSubscription(
        user_id=user_id,
        id=new_id(),
        subject_kind=terms.subject_kind,
        subject_id=terms.subject_id,
        channel_id=terms.channel_id,
        plan_id=terms.plan_id,
        status="incomplete",
        amount=terms.amount,
        currency=terms.currency,
        period_days=terms.period_days,
        method=method,
        periods=0,
        attempt=0,
        percent=0,
        discounted=0,
        version=0,
        created_at=now,
        due_at=now + _PATIENCE,
    )


def _make_room(session: Session, user_id: str, terms: Terms, now: datetime) -> None:
    before = subscriptions.find_live(session, user_id, terms.subject_kind, terms.subject_id)
    if before is not None and before.status != "incomplete":
        raise AlreadyPaidFor
    if entitlements.find(session, user_id, terms.subject_kind, [terms.subject_id], now):
        raise AlreadyPaidFor
    if before is not None:
        subscriptions.give_up_payment(session, before)
        subscriptions.end(session, before, "replaced", now)


def _discount(session: Session, subscription: PaidSubscription, code: str, now: datetime) -> None:
    if subscription.channel_id is None:
        raise NotForSale
    taken = coupons.take_coupon(session, subscription.channel_id, code, subscription.user_id, subscription.id, now)
    subscription.coupon, subscription.percent, subscription.discounted = taken.code, taken.percent, taken.periods


def begin_period(
    session: Session,
    subscription: PaidSubscription,
    payee_id: str | None,
    now: datetime,
    *,
    present: bool = True,
    return_path: str = "/",
) -> Payment:
    """Begin to pay the period after those that are paid; begun again after it failed it is the same payment."""
    order = paying.Order(
        payment_id=next_payment_id(subscription),
        kind="plan" if subscription.channel_id else "ad_free",
        payer_id=subscription.user_id,
        payee_id=payee_id,
        amount=price_of_next(subscription),
        currency=subscription.currency,
        method=subscription.method,
        channel_id=subscription.channel_id,
        plan_id=subscription.plan_id or AD_FREE,
        subscription_id=subscription.id,
        access=paying.Opens(
            subject_kind=subscription.subject_kind,
            subject_id=subscription.subject_id,
            period_days=subscription.period_days,
            starts=subscription.paid_until,
        ),
        fee_bps=options().payments_fee_bps if payee_id else 0,
        return_path=return_path,
        present=present,
    )
    subscription.attempt += 1
    subscription.payment_id = order.payment_id
    session.flush()
    return paying.begin(session, order, now)


def next_payment_id(subscription: PaidSubscription) -> str:
    """Return the id of the payment of the first period that is not paid yet."""
    return str(uuid.uuid5(_PERIODS, f"{subscription.id}:{subscription.periods + 1}"))


def price_of_next(subscription: PaidSubscription) -> int:
    """Return what the first period that is not paid yet costs."""
    percent = subscription.percent if subscription.periods < subscription.discounted else 0
    return coupons.price(subscription.amount, percent, subscription.currency)


def cancel(session: Session, user_id: str, subscription_id: str, now: datetime) -> PaidSubscription:
    """Renew a subscription no more; one of which nothing is paid for now ends at once.

    Raises:
        UnknownPaidSubscription: They have none of that id.
    """
    subscription = subscriptions.lock(session, user_id, subscription_id)
    if subscription.status in ("incomplete", "past_due"):
        subscriptions.give_up_payment(session, subscription)
        subscriptions.end(session, subscription, "canceled", now)
    elif subscription.status == "active":
        subscriptions.give_up_payment(session, subscription)
        subscription.status, subscription.due_at = "canceled", subscription.paid_until
        subscriptions.told(session, subscription, now)
    return subscription


def resume(session: Session, user_id: str, subscription_id: str, now: datetime) -> PaidSubscription:
    """Renew a subscription after all that was canceled and still runs.

    Raises:
        UnknownPaidSubscription: They have none of that id.
        NotForSale: It has ended, or was never paid.
    """
    subscription = subscriptions.lock(session, user_id, subscription_id)
    if subscription.status in entitlements.RENEWING:
        return subscription
    if subscription.status != "canceled" or subscription.paid_until is None or subscription.paid_until <= now:
        raise NotForSale
    subscription.status = "active"
    subscriptions.told(session, subscription, now)
    return subscription


def change_method(session: Session, user_id: str, subscription_id: str, method: str, now: datetime) -> PaidSubscription:
    """Renew with another method, which the person has; where a renewal waits it is tried at once.

    Raises:
        UnknownPaidSubscription: They have none of that id.
        NotForSale: It has ended, or was never paid.
        MethodInvalid: A card that is not saved cannot be charged while its holder is away.
        UnknownPaymentMethod: They have no such card.
    """
    subscription = subscriptions.lock(session, user_id, subscription_id)
    if subscription.status not in subscriptions.LIVE or subscription.status == "incomplete":
        raise NotForSale
    if method == paying.CARD:
        raise MethodInvalid
    _demand_method(session, user_id, method)
    subscription.method = method
    if subscription.status == "past_due":
        subscription.due_at = now
    session.flush()
    return subscription
