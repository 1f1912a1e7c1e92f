"""What a channel sells: plans, and coupons that make them cheaper."""

# ruff: noqa: D103 - each summary stands in `@operation`
from __future__ import annotations

from typing import Annotated, Any, TypedDict

import flask
from msgspec import UNSET, Meta, UnsetType

from contracts import payments as contract
from contracts.base import Page
from contracts.subscriptions import ChannelRoleTooLow, UnknownChannel
from gateway_flask.body import check_text
from gateway_flask.fields import Moment, Request, given, moment_text
from gateway_flask.operation import Call, operation
from gateway_flask.routes.payments_fields import Amount, Currency, a_plan

bp = flask.Blueprint("plans", __name__, url_prefix="/v1")

Title = Annotated[str, Meta(min_length=1, max_length=100)]
Code = Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{3,40}$", max_length=40)]
_CHANNEL = (UnknownChannel,)
_OWNERS = (UnknownChannel, ChannelRoleTooLow)


class PlanBody(Request):
    """A price for 30 days of a channel's paid posts."""

    title: Title
    amount: Amount
    currency: Currency


class PlanChangesBody(Request):
    """What to change. A plan that is not `active` takes no new subscribers; prices stay."""

    title: Title | UnsetType = UNSET
    active: bool | UnsetType = UNSET


class CouponBody(Request):
    """Takes `percent` off the first `periods` periods."""

    code: Code
    percent: Annotated[int, Meta(ge=1, le=99)]
    periods: Annotated[int, Meta(ge=1, le=120)] = 1
    max_uses: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None
    expires_at: Moment | None = None


class CouponCodeBody(Request):
    """A coupon's code."""

    code: Code


class CouponPrice(TypedDict):
    """What a plan costs with a coupon, in minor units, and for how many periods."""

    amount: int
    periods: int


@bp.post("/channels/<id:channel_id>/plans")
@operation(
    summary="Sell access to one's channel", body=PlanBody, returns=contract.PlanView, status=201, limit="create",
    keyed=True, errors=(*_OWNERS, contract.AmountInvalid, contract.CurrencyUnknown, contract.TooManyPlans),
)  # fmt: skip
def create_plan(call: Call, channel_id: str) -> Any:
    body: PlanBody = call.body
    return call.ask(
        "payments", "create_plan", channel_id=channel_id, title=body.title, amount=body.amount, currency=body.currency
    )  # fmt: skip


@bp.get("/channels/<id:channel_id>/plans")
@operation(
    summary="List a channel's plans", returns=Page[contract.PlanView], errors=_CHANNEL,
    description="For whoever may see the channel.",
)  # fmt: skip
def list_plans(call: Call, channel_id: str) -> Any:
    return call.ask("payments", "list_plans", channel_id=channel_id)


@bp.get("/plans/ad_free")
@operation(summary="See what Charla costs without advertising", returns=contract.PlanView)
def get_ad_free_plan(call: Call) -> Any:
    return call.ask("payments", "list_plans", channel_id="ad_free")["items"][0]


@bp.patch("/plans/<id:plan_id>")
@operation(
    summary="Change a plan's title, or whether it is sold", body=PlanChangesBody, returns=contract.PlanView,
    limit="write", errors=(contract.UnknownPlan, ChannelRoleTooLow),
)  # fmt: skip
def update_plan(call: Call, plan_id: str) -> Any:
    return call.ask("payments", "update_plan", plan_id=plan_id, changes=given(call.body))


@bp.post("/channels/<id:channel_id>/coupons")
@operation(
    summary="Make a coupon", body=CouponBody, returns=contract.CouponView, status=201, limit="create", keyed=True,
    errors=(*_OWNERS, contract.CouponTaken, contract.TooManyCoupons),
)  # fmt: skip
def create_coupon(call: Call, channel_id: str) -> Any:
    body: CouponBody = call.body
    return call.ask(
        "payments", "create_coupon", channel_id=channel_id, code=body.code, percent=body.percent,
        periods=body.periods, max_uses=body.max_uses, expires_at=moment_text(body.expires_at),
    )  # fmt: skip


@bp.get("/channels/<id:channel_id>/coupons")
@operation(summary="List a channel's coupons (its owner)", returns=Page[contract.CouponView], errors=_OWNERS)
def list_coupons(call: Call, channel_id: str) -> Any:
    return call.ask("payments", "list_coupons", channel_id=channel_id)


@bp.delete("/channels/<id:channel_id>/coupons/<code>")
@operation(
    summary="End a coupon (the channel's owner)", limit="write", errors=(*_OWNERS, contract.UnknownCoupon)
)  # fmt: skip
def delete_coupon(call: Call, channel_id: str, code: str) -> None:
    check_text(code)
    call.ask("payments", "delete_coupon", channel_id=channel_id, code=code[:100])


@bp.post("/plans/<plan_id>/coupon-check")
@operation(
    summary="See what a plan costs with a coupon", body=CouponCodeBody, returns=CouponPrice, limit="write",
    errors=(contract.UnknownPlan, contract.UnknownCoupon),
)  # fmt: skip
def check_coupon(call: Call, plan_id: str) -> Any:
    return call.ask("payments", "check_coupon", plan_id=a_plan(plan_id), code=call.body.code)
