"""Paid access to channels, and to Charla without advertising; following a channel is another thing."""

# ruff: noqa: D103 - each summary stands in `@operation`
from __future__ import annotations

from typing import Annotated, Any

import flask
from msgspec import Meta

from contracts import payments as contract
from contracts.base import Page
from gateway_flask.fields import Cursor, Limit, Request
from gateway_flask.operation import Call, operation
from gateway_flask.routes.payments_fields import PAYING, PROVIDER_PATIENCE_S, Method, ReturnPath, a_plan

bp = flask.Blueprint("paid_subscriptions", __name__, url_prefix="/v1")

_S = "/paid-subscriptions/<id:subscription_id>"
_ONE = (contract.UnknownPaidSubscription,)


class SubscribeBody(Request):
    """How to pay, now and when it is renewed."""

    method: Method = "card"
    coupon: Annotated[str, Meta(min_length=1, max_length=40)] | None = None
    return_path: ReturnPath = "/"


class PaidSubscriptionsQuery(Request):
    """The newest first."""

    limit: Limit = 50
    after: Cursor | None = None


class PaidSubscriptionChangesBody(Request):
    """With what it is renewed."""

    method: Method


@bp.post("/plans/<plan_id>/subscription")
@operation(
    summary="Subscribe to a plan", body=SubscribeBody, body_required=False, returns=contract.SubscriptionView,
    status=201, limit="pay", key_required=True, patience_s=PROVIDER_PATIENCE_S,
    errors=(*PAYING, contract.UnknownPlan, contract.UnknownCoupon, contract.NotForSale, contract.AlreadyPaidFor),
    description="`ad_free` is the platform's own plan. `payment` is the one that was begun; while it "
    "`requires_action` one goes on at its `action_url`.",
)  # fmt: skip
def subscribe_to_plan(call: Call, plan_id: str) -> Any:
    body: SubscribeBody = call.body or SubscribeBody()
    return call.ask(
        "payments", "subscribe_to_plan", plan_id=a_plan(plan_id), method=body.method, coupon=body.coupon,
        return_path=body.return_path,
    )  # fmt: skip


@bp.get("/paid-subscriptions")
@operation(
    summary="List one's paid subscriptions", query=PaidSubscriptionsQuery, returns=Page[contract.SubscriptionView]
)  # fmt: skip
def list_paid_subscriptions(call: Call) -> Any:
    return call.ask("payments", "list_paid_subscriptions", limit=call.query.limit, after=call.query.after)


@bp.get(_S)
@operation(summary="Get a paid subscription", returns=contract.SubscriptionView, errors=_ONE)
def get_paid_subscription(call: Call, subscription_id: str) -> Any:
    return call.ask("payments", "get_paid_subscription", subscription_id=subscription_id)


@bp.post(f"{_S}/cancel")
@operation(
    summary="Cancel a paid subscription", returns=contract.SubscriptionView, limit="write", errors=_ONE,
    description="What is paid for stays until its end.",
)  # fmt: skip
def cancel_paid_subscription(call: Call, subscription_id: str) -> Any:
    return call.ask("payments", "cancel_paid_subscription", subscription_id=subscription_id)


@bp.post(f"{_S}/resume")
@operation(
    summary="Renew a canceled subscription after all", returns=contract.SubscriptionView, limit="write",
    errors=(*_ONE, contract.NotForSale),
)  # fmt: skip
def resume_paid_subscription(call: Call, subscription_id: str) -> Any:
    return call.ask("payments", "resume_paid_subscription", subscription_id=subscription_id)


@bp.patch(_S)
@operation(
    summary="Change what a subscription is renewed with", body=PaidSubscriptionChangesBody,
    returns=contract.SubscriptionView, limit="write", patience_s=PROVIDER_PATIENCE_S,
    errors=(*_ONE, contract.MethodInvalid, contract.UnknownPaymentMethod),
)  # fmt: skip
def change_paid_subscription(call: Call, subscription_id: str) -> Any:
    return call.ask(
        "payments", "change_paid_subscription", subscription_id=subscription_id, method=call.body.method
    )  # fmt: skip


@bp.get("/users/me/entitlements")
@operation(summary="List what one may use by having paid", returns=Page[contract.EntitlementView])
def list_entitlements(call: Call) -> Any:
    return call.ask("payments", "list_entitlements")
