"""Creatives, and what the platform's moderators say of them."""

# ruff: noqa: D103 - each summary stands in `@operation`
from __future__ import annotations

from typing import Annotated, Any, Literal

import flask
from msgspec import UNSET, Meta, UnsetType

from contracts import ads as contract
from contracts.base import Page
from contracts.media import UnknownMedia
from gateway_flask.fields import Cursor, Id, Limit, Request, given
from gateway_flask.operation import Call, operation
from gateway_flask.routes.ads_fields import WebAddress

bp = flask.Blueprint("creatives", __name__, url_prefix="/v1")

Title = Annotated[str, Meta(min_length=1, max_length=contract.MAX_TITLE)]
Words = Annotated[str, Meta(max_length=contract.MAX_BODY)]
Note = Annotated[str, Meta(max_length=1_000)]
_CREATIVES = "/campaigns/<id:campaign_id>/creatives"
_ONE = (contract.UnknownCampaign, contract.UnknownCreative)


class CreativeBody(Request):
    """What is shown; a picture or video names its media, which is the advertiser's own."""

    kind: contract.CreativeKind
    title: Title
    url: WebAddress
    body: Words = ""
    media_id: Id | None = None


class CreativeChangesBody(Request):
    """What to change; it is reviewed again then."""

    kind: contract.CreativeKind | UnsetType = UNSET
    title: Title | UnsetType = UNSET
    body: Words | UnsetType = UNSET
    url: WebAddress | UnsetType = UNSET
    media_id: Id | None | UnsetType = UNSET


class CreativesQuery(Request):
    """Those of a review, the oldest first."""

    review: contract.ReviewStatus = "pending"
    limit: Limit = 50
    after: Cursor | None = None


class ReviewBody(Request):
    """Whether it may be shown; `note` is for the advertiser."""

    review: Literal["approved", "rejected"]
    note: Note = ""


class AdReportsQuery(Request):
    """A page of reports, the newest first."""

    limit: Limit = 50
    after: Cursor | None = None


class SuspensionBody(Request):
    """Whether an advertiser is kept from running campaigns."""

    suspended: bool


@bp.post(_CREATIVES)
@operation(
    summary="Add a creative to a campaign", body=CreativeBody, returns=contract.CreativeView, status=201,
    limit="create", keyed=True,
    errors=(contract.UnknownCampaign, contract.AdvertiserSuspended, contract.CampaignStateInvalid,
            contract.TooManyCreatives, UnknownMedia),
)  # fmt: skip
def create_creative(call: Call, campaign_id: str) -> Any:
    body: CreativeBody = call.body
    return call.ask(
        "ads", "create_creative", campaign_id=campaign_id, kind=body.kind, title=body.title, body=body.body,
        url=body.url, media_id=body.media_id,
    )  # fmt: skip


@bp.patch(f"{_CREATIVES}/<id:creative_id>")
@operation(
    summary="Change a creative", body=CreativeChangesBody, returns=contract.CreativeView, limit="write",
    errors=(*_ONE, contract.AdvertiserSuspended, contract.CampaignStateInvalid, UnknownMedia),
)  # fmt: skip
def update_creative(call: Call, campaign_id: str, creative_id: str) -> Any:
    changes = given(call.body)
    return call.ask("ads", "update_creative", campaign_id=campaign_id, creative_id=creative_id, changes=changes)


@bp.delete(f"{_CREATIVES}/<id:creative_id>")
@operation(summary="Remove a creative", limit="write", errors=(*_ONE, contract.CampaignStateInvalid))
def delete_creative(call: Call, campaign_id: str, creative_id: str) -> None:
    call.ask("ads", "delete_creative", campaign_id=campaign_id, creative_id=creative_id)


@bp.get("/creatives")
@operation(
    summary="List creatives by their review (moderators of the platform)", query=CreativesQuery,
    returns=Page[contract.CreativeView],
)  # fmt: skip
def list_creatives(call: Call) -> Any:
    query: CreativesQuery = call.query
    return call.ask("ads", "list_creatives", review=query.review, limit=query.limit, after=query.after)


@bp.post(f"{_CREATIVES}/<id:creative_id>/review")
@operation(
    summary="Say whether a creative may be shown (moderators of the platform)", body=ReviewBody,
    returns=contract.CreativeView, limit="write", errors=_ONE,
)  # fmt: skip
def review_creative(call: Call, campaign_id: str, creative_id: str) -> Any:
    body: ReviewBody = call.body
    return call.ask(
        "ads", "review_creative", campaign_id=campaign_id, creative_id=creative_id, review=body.review, note=body.note
    )  # fmt: skip


@bp.get("/ads/reports")
@operation(
    summary="List reports of ads (moderators of the platform)", query=AdReportsQuery,
    returns=Page[contract.AdReportView],
)  # fmt: skip
def list_ad_reports(call: Call) -> Any:
    return call.ask("ads", "list_ad_reports", limit=call.query.limit, after=call.query.after)


@bp.post("/advertisers/<id:user_id>/suspend")
@operation(
    summary="Suspend an advertiser, or let them go on (moderators of the platform)", body=SuspensionBody,
    limit="write", errors=(contract.UnknownAdvertiser,),
)  # fmt: skip
def suspend_advertiser(call: Call, user_id: str) -> None:
    call.ask("ads", "suspend_advertiser", user_id=user_id, suspended=call.body.suspended)
