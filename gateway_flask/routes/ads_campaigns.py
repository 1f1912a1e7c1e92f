"""Advertisers and their campaigns."""

# ruff: noqa: D103 - each summary stands in `@operation`
from __future__ import annotations

from typing import Annotated, Any, TypedDict

import flask
from msgspec import UNSET, Meta, UnsetType

from contracts import ads as contract
from contracts.base import Page
from contracts.payments import CurrencyUnknown
from contracts.subscriptions import ChannelRoleTooLow, UnknownChannel
from gateway_flask.fields import Cursor, Id, Limit, Moment, Request, given, moment_text
from gateway_flask.operation import Call, operation
from gateway_flask.reply import Reply
from gateway_flask.routes.ads_fields import (
    Bid,
    Category,
    Currency,
    Money,
    SpanQuery,
    TargetingBody,
    WebAddress,
)

bp = flask.Blueprint("campaigns", __name__, url_prefix="/v1")

#: Seconds for calls that ask the ledger too.
_LEDGER_PATIENCE_S = 5.0
_CSV = "text/csv"
_ONE = (contract.UnknownCampaign,)
_RUNNING = (*_ONE, contract.CampaignStateInvalid)

Title = Annotated[str, Meta(min_length=1, max_length=contract.MAX_TITLE)]
FrequencyCap = Annotated[
    int, Meta(ge=1, le=contract.MAX_FREQUENCY, description="Showings a day, at most, to one person.")
]


class AdvertiserBody(Request):
    """Who stands on each ad; `channel_id` is the brand's own channel."""

    name: Title
    website: WebAddress | None = None
    channel_id: Id | None = None


class CampaignBody(Request):
    """A campaign; it begins as a draft."""

    title: Title
    category: Category
    currency: Currency
    budget: Money
    bid_cpm: Bid
    starts_at: Moment
    ends_at: Moment
    pacing: contract.Pacing = "even"
    frequency_cap: FrequencyCap = 3
    targeting: TargetingBody | None = None
    announce: bool = False


class CampaignChangesBody(Request):
    """What to change."""

    title: Title | UnsetType = UNSET
    category: Category | UnsetType = UNSET
    budget: Money | UnsetType = UNSET
    bid_cpm: Bid | UnsetType = UNSET
    starts_at: Moment | UnsetType = UNSET
    ends_at: Moment | UnsetType = UNSET
    pacing: contract.Pacing | UnsetType = UNSET
    frequency_cap: FrequencyCap | UnsetType = UNSET
    targeting: TargetingBody | UnsetType = UNSET
    announce: bool | UnsetType = UNSET

    def changes(self) -> dict[str, Any]:
        """Return what was given, its times in UTC."""
        times = {"starts_at": self.starts_at, "ends_at": self.ends_at}
        return given(self) | {name: moment_text(at) for name, at in times.items() if at is not UNSET}


class CampaignsQuery(Request):
    """A page of one's campaigns, the newest first."""

    status: contract.CampaignStatus | None = None
    limit: Limit = 50
    after: Cursor | None = None


class ReachBody(Request):
    """Whom a campaign would like to reach."""

    targeting: TargetingBody


class Reach(TypedDict):
    """How many public channels fit."""

    channels: int


@bp.get("/advertiser")
@operation(
    summary="Get one's advertiser's account", returns=contract.AdvertiserView, errors=(contract.NotAnAdvertiser,)
)  # fmt: skip
def get_advertiser(call: Call) -> Any:
    return call.ask("ads", "get_advertiser")


@bp.put("/advertiser")
@operation(
    summary="Become an advertiser, or change the account", body=AdvertiserBody, returns=contract.AdvertiserView,
    limit="write", errors=(UnknownChannel, ChannelRoleTooLow),
)  # fmt: skip
def set_advertiser(call: Call) -> Any:
    body: AdvertiserBody = call.body
    return call.ask("ads", "set_advertiser", name=body.name, website=body.website, channel_id=body.channel_id)


@bp.post("/campaigns")
@operation(
    summary="Draft a campaign", body=CampaignBody, returns=contract.CampaignView, status=201, limit="create",
    keyed=True, errors=(contract.NotAnAdvertiser, contract.AdvertiserSuspended, contract.TooManyCampaigns,
                        contract.TargetingInvalid, CurrencyUnknown, *_ONE),
    description="A key that is used again for a campaign that is deleted by now finds none.",
)  # fmt: skip
def create_campaign(call: Call) -> Any:
    body: CampaignBody = call.body
    return call.ask(
        "ads", "create_campaign", title=body.title, category=body.category, currency=body.currency,
        budget=body.budget, bid_cpm=body.bid_cpm, starts_at=moment_text(body.starts_at),
        ends_at=moment_text(body.ends_at), pacing=body.pacing, frequency_cap=body.frequency_cap,
        targeting=(body.targeting or TargetingBody()).view(), announce=body.announce,
    )  # fmt: skip


@bp.get("/campaigns")
@operation(
    summary="List one's campaigns", query=CampaignsQuery, returns=Page[contract.CampaignView],
    errors=(contract.NotAnAdvertiser,),
)  # fmt: skip
def list_campaigns(call: Call) -> Any:
    query: CampaignsQuery = call.query
    return call.ask("ads", "list_campaigns", status=query.status, limit=query.limit, after=query.after)


@bp.post("/campaigns/reach")
@operation(
    summary="Count the channels that fit a targeting", body=ReachBody, returns=Reach, limit="write",
    errors=(contract.NotAnAdvertiser, contract.TargetingInvalid),
)  # fmt: skip
def estimate_reach(call: Call) -> Any:
    return call.ask("ads", "estimate_reach", targeting=call.body.targeting.view())


@bp.get("/campaigns/<id:campaign_id>")
@operation(summary="Get one's campaign", returns=contract.CampaignView, errors=_ONE)
def get_campaign(call: Call, campaign_id: str) -> Any:
    return call.ask("ads", "get_campaign", campaign_id=campaign_id)


@bp.patch("/campaigns/<id:campaign_id>")
@operation(
    summary="Change a campaign", body=CampaignChangesBody, returns=contract.CampaignView, limit="write",
    errors=(*_RUNNING, contract.AdvertiserSuspended, contract.TargetingInvalid, contract.BudgetMissing),
)  # fmt: skip
def update_campaign(call: Call, campaign_id: str) -> Any:
    return call.ask("ads", "update_campaign", campaign_id=campaign_id, changes=call.body.changes())


@bp.delete("/campaigns/<id:campaign_id>")
@operation(summary="Delete a draft", limit="write", errors=_RUNNING)
def delete_campaign(call: Call, campaign_id: str) -> None:
    call.ask("ads", "delete_campaign", campaign_id=campaign_id)


@bp.post("/campaigns/<id:campaign_id>/start")
@operation(
    summary="Start a campaign, or go on with a paused one", returns=contract.CampaignView, limit="pay",
    patience_s=_LEDGER_PATIENCE_S, description="Its whole budget is set aside of the prepaid balance.",
    errors=(*_RUNNING, contract.AdvertiserSuspended, contract.CampaignNotReady, contract.BudgetMissing),
)  # fmt: skip
def start_campaign(call: Call, campaign_id: str) -> Any:
    return call.ask("ads", "start_campaign", campaign_id=campaign_id)


@bp.post("/campaigns/<id:campaign_id>/pause")
@operation(summary="Pause a campaign", returns=contract.CampaignView, limit="write", errors=_RUNNING)
def pause_campaign(call: Call, campaign_id: str) -> Any:
    return call.ask("ads", "pause_campaign", campaign_id=campaign_id)


@bp.post("/campaigns/<id:campaign_id>/end")
@operation(
    summary="End a campaign for good", returns=contract.CampaignView, limit="write", errors=_RUNNING,
    patience_s=_LEDGER_PATIENCE_S, description="What is left of its budget comes back once no ad of it is shown.",
)  # fmt: skip
def end_campaign(call: Call, campaign_id: str) -> Any:
    return call.ask("ads", "end_campaign", campaign_id=campaign_id)


@bp.get("/campaigns/<id:campaign_id>/report")
@operation(summary="See what a campaign did", query=SpanQuery, returns=contract.CampaignReportView, errors=_ONE)
def get_campaign_report(call: Call, campaign_id: str) -> Any:
    return call.ask("ads", "get_campaign_report", campaign_id=campaign_id, **call.query.days())


@bp.get("/campaigns/<id:campaign_id>/report.csv")
@operation(
    summary="Get what a campaign did as a table", query=SpanQuery, status=200, content_type=_CSV, errors=_ONE
)  # fmt: skip
def get_campaign_csv(call: Call, campaign_id: str) -> Reply:
    found = call.ask("ads", "get_campaign_csv", campaign_id=campaign_id, **call.query.days())
    named = ("Content-Disposition", f'attachment; filename="{found["name"]}"')
    return Reply(200, found["body"].encode(), [named], f"{_CSV}; charset=utf-8")
