"""An owner's say about advertising in a channel, and what it earns."""

# ruff: noqa: D103 - each summary stands in `@operation`
from __future__ import annotations

from typing import Annotated, Any, Literal

import flask
from msgspec import Meta

from contracts import ads as contract
from contracts.base import Page
from contracts.subscriptions import ChannelRoleTooLow, UnknownChannel
from gateway_flask.fields import Cursor, Id, Limit, Request
from gateway_flask.operation import Call, operation
from gateway_flask.routes.ads_fields import Category, SpanQuery

bp = flask.Blueprint("channel_ads", __name__, url_prefix="/v1/channels/<id:channel_id>/ads")

_OWNERS = (UnknownChannel, ChannelRoleTooLow)


class ChannelAdsBody(Request):
    """What to change; what is left out stays."""

    enabled: bool | None = None
    approve_first: bool | None = None
    blocked_categories: Annotated[list[Category], Meta(max_length=len(contract.CATEGORIES))] | None = None
    blocked_advertisers: Annotated[list[Id], Meta(max_length=1_000)] | None = None


class ApprovalsQuery(Request):
    """Those of a status, the oldest first."""

    status: contract.ApprovalStatus = "pending"
    limit: Limit = 50
    after: Cursor | None = None


class ApprovalBody(Request):
    """Whether a campaign may be shown in the channel."""

    status: Literal["approved", "refused"]


@bp.get("")
@operation(summary="See how a channel carries ads (its owner)", returns=contract.ChannelAdsView, errors=_OWNERS)
def get_channel_ads(call: Call, channel_id: str) -> Any:
    return call.ask("ads", "get_channel_ads", channel_id=channel_id)


@bp.patch("")
@operation(
    summary="Decide about ads in a channel (its owner)", body=ChannelAdsBody, returns=contract.ChannelAdsView,
    limit="write", errors=(*_OWNERS, contract.AdsImpossible),
)  # fmt: skip
def set_channel_ads(call: Call, channel_id: str) -> Any:
    body: ChannelAdsBody = call.body
    return call.ask(
        "ads", "set_channel_ads", channel_id=channel_id, enabled=body.enabled, approve_first=body.approve_first,
        blocked_categories=body.blocked_categories, blocked_advertisers=body.blocked_advertisers,
    )  # fmt: skip


@bp.get("/approvals")
@operation(
    summary="List campaigns that wait for a channel's owner", query=ApprovalsQuery,
    returns=Page[contract.ApprovalView], errors=_OWNERS,
)  # fmt: skip
def list_approvals(call: Call, channel_id: str) -> Any:
    query: ApprovalsQuery = call.query
    return call.ask(
        "ads", "list_approvals", channel_id=channel_id, status=query.status, limit=query.limit, after=query.after
    )  # fmt: skip


@bp.post("/approvals/<id:campaign_id>")
@operation(
    summary="Let a campaign into a channel, or keep it out (its owner)", body=ApprovalBody,
    returns=contract.ApprovalView, limit="write", errors=(*_OWNERS, contract.UnknownApproval),
)  # fmt: skip
def decide_approval(call: Call, channel_id: str, campaign_id: str) -> Any:
    return call.ask(
        "ads", "decide_approval", channel_id=channel_id, campaign_id=campaign_id, status=call.body.status
    )  # fmt: skip


@bp.get("/stats")
@operation(
    summary="See what ads did in a channel (its owner)", query=SpanQuery, returns=contract.ChannelAdStatsView,
    errors=_OWNERS,
)  # fmt: skip
def get_channel_ad_stats(call: Call, channel_id: str) -> Any:
    return call.ask("ads", "get_channel_ad_stats", channel_id=channel_id, **call.query.days())
