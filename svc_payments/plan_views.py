"""What is shown of plans, coupons, paid subscriptions, entitlements and payouts."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from contracts.clock import rfc3339
from contracts.payments import CouponView, EntitlementView, PayoutView, PlanView, SubscriptionView
from svc_payments.actions.entitlements import Entitlement
from svc_payments.actions.plans import AD_FREE
from svc_payments.options import options
from svc_payments.payment_models import Payment
from svc_payments.payment_views import payment_view
from svc_payments.plan_models import Coupon, PaidSubscription, Payout, Plan


def _optional(moment: datetime | None) -> str | None:
    return rfc3339(moment) if moment else None


def plan_view(plan: Plan, subscribers: int | None = None) -> PlanView:
    """Return a plan; how many pay it is for the channel's team."""
    view: PlanView = {
        "id": plan.id,
        "channel_id": plan.channel_id,
        "title": plan.title,
        "amount": plan.amount,
        "currency": plan.currency,
        "period_days": plan.period_days,
        "active": plan.active,
        "created_at": rfc3339(plan.created_at),
    }
    if subscribers is not None:
        view["subscribers"] = subscribers
    return view


def ad_free_view() -> PlanView:
    """Return the platform's own plan, which is in the place of a channel's."""
    currency, amount = options().ad_free()
    return {
        "id": AD_FREE,
        "channel_id": AD_FREE,
        "title": "",
        "amount": amount,
        "currency": currency,
        "period_days": options().payments_period_days,
        "active": True,
        "created_at": "1970-01-01T00:00:00.000Z",
    }


def coupon_view(coupon: Coupon) -> CouponView:
    """Return a coupon as the channel's owner sees it."""
    return {
        "code": coupon.code,
        "channel_id": coupon.channel_id,
        "percent": coupon.percent,
        "periods": coupon.periods,
        "max_uses": coupon.max_uses,
        "uses": coupon.uses,
        "expires_at": _optional(coupon.expires_at),
        "created_at": rfc3339(coupon.created_at),
    }


def subscription_view(subscription: PaidSubscription, payment: Payment | None = None) -> SubscriptionView:
    """Return a paid subscription as the person sees it, with the payment that waits for them or was just made."""
    renews = {"active": subscription.paid_until, "past_due": subscription.due_at}
    view: dict[str, Any] = {
        "id": subscription.id,
        "user_id": subscription.user_id,
        "plan_id": subscription.plan_id or AD_FREE,
        "channel_id": subscription.channel_id,
        "status": subscription.status,
        "amount": subscription.amount,
        "currency": subscription.currency,
        "method": subscription.method,
        "paid_until": _optional(subscription.paid_until),
        "renews_at": _optional(renews.get(subscription.status)),
        "coupon": subscription.coupon,
        "failure": subscription.failure,
        "created_at": rfc3339(subscription.created_at),
    }
    if payment is not None:
        view["payment"] = payment_view(payment, subscription.user_id)
    return cast(SubscriptionView, view)


def entitlement_view(entitlement: Entitlement) -> EntitlementView:
    """Return what somebody may use."""
    view = {
        "subject_kind": entitlement.kind,
        "subject_id": entitlement.id,
        "until": _optional(entitlement.until),
    }
    return cast(EntitlementView, view)


def payout_view(payout: Payout) -> PayoutView:
    """Return a payout as its person sees it."""
    view = {
        "id": payout.id,
        "amount": payout.amount,
        "currency": payout.currency,
        "status": payout.status,
        "failure": payout.failure,
        "created_at": rfc3339(payout.created_at),
        "paid_at": _optional(payout.paid_at),
    }
    return cast(PayoutView, view)
