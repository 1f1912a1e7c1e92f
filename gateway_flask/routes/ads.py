"""The ad in a public channel that somebody opened, and what they do with it."""

# ruff: noqa: D103 - each summary stands in `@operation`
from __future__ import annotations

import re
from typing import Annotated, Any

import flask
from msgspec import Meta

from contracts import ads as contract
from contracts.base import ServiceError, Unavailable
from contracts.subscriptions import UnknownChannel
from gateway_flask.fields import MAX_SAFE, Number, Request, Secret
from gateway_flask.operation import Call, operation
from gateway_flask.reply import Reply
from gateway_flask.routes.ads_fields import Language

bp = flask.Blueprint("ads", __name__, url_prefix="/v1")

#: Seconds that the choice of an ad may take; then there is none.
_CHOICE_PATIENCE_S = 1.0
#: Kinds of errors in place of which there is no ad: a reader shall not notice them.
_NO_REASON_TO_FAIL = (Unavailable.kind, ServiceError.kind)
_USUAL_LANGUAGE = "en"
_FIRST_LANGUAGE = re.compile(r"\s*([A-Za-z]{2})(?:[-;,\s]|$)")
_ONE = (contract.TicketInvalid,)
_BY_TICKET = "`ticket` is the one that came with the ad; it is good for 10 minutes, and for whoever got it."


class AdQuery(Request):
    """Which post is in front of the reader, and the language of their interface (else `Accept-Language`)."""

    at_seq: Number
    language: Language | None = None


class TicketBody(Request):
    """The ticket of an ad."""

    ticket: Secret


class ViewedBody(TicketBody):
    """For how many milliseconds at least half of it was on the screen."""

    visible_ms: Annotated[int, Meta(ge=0, le=MAX_SAFE)]


class AdReportBody(TicketBody):
    """What is wrong with it."""

    reason: contract.ReportReason
    note: Annotated[str, Meta(max_length=1_000)] = ""


@bp.get("/channels/<id:channel_id>/ad")
@operation(
    summary="Get an ad for a channel that one reads", query=AdQuery, returns=contract.AdView, limit="write",
    patience_s=_CHOICE_PATIENCE_S, also={204: (None, "There is none, whatever the reason.")},
    errors=(UnknownChannel,), description="Of public channels alone. While svc_ads is away there is none.",
)  # fmt: skip
def choose_ad(call: Call, channel_id: str) -> Any:
    query: AdQuery = call.query
    language = query.language or _language_of(call.environ.get("HTTP_ACCEPT_LANGUAGE", ""))
    try:
        found = call.ask("ads", "choose_ad", channel_id=channel_id, at_seq=query.at_seq, language=language)
    except ServiceError as error:
        if error.kind not in _NO_REASON_TO_FAIL:
            raise
        found = None
    return Reply(204) if found is None else found


def _language_of(accepted: str) -> str:
    """Return the first language of `Accept-Language`."""
    found = _FIRST_LANGUAGE.match(accepted)
    return found.group(1).lower() if found else _USUAL_LANGUAGE


@bp.post("/ads/<id:ad_id>/viewed")
@operation(
    summary="Say that an ad was seen", body=ViewedBody, returns=contract.CountedView, limit="write",
    description=f"At least half of it, for a second. It counts once. {_BY_TICKET}",
)  # fmt: skip
def view_ad(call: Call, ad_id: str) -> Any:
    body: ViewedBody = call.body
    return call.ask("ads", "view_ad", ad_id=ad_id, ticket=body.ticket, visible_ms=body.visible_ms)


@bp.post("/ads/<id:ad_id>/clicked")
@operation(
    summary="Say that an ad's link was followed", body=TicketBody, returns=contract.CountedView, limit="write",
    description=_BY_TICKET,
)  # fmt: skip
def click_ad(call: Call, ad_id: str) -> Any:
    return call.ask("ads", "click_ad", ad_id=ad_id, ticket=call.body.ticket)


@bp.post("/ads/<id:ad_id>/hide")
@operation(
    summary="Hide an ad's campaign for good", body=TicketBody, limit="write", errors=_ONE, description=_BY_TICKET
)  # fmt: skip
def hide_ad(call: Call, ad_id: str) -> None:
    call.ask("ads", "hide_ad", ad_id=ad_id, ticket=call.body.ticket)


@bp.post("/ads/<id:ad_id>/report")
@operation(
    summary="Report an ad to the platform's moderators", body=AdReportBody, limit="create", errors=_ONE,
    description=f"Hides its campaign too. {_BY_TICKET}",
)  # fmt: skip
def report_ad(call: Call, ad_id: str) -> None:
    body: AdReportBody = call.body
    call.ask("ads", "report_ad", ad_id=ad_id, ticket=body.ticket, reason=body.reason, note=body.note)


@bp.post("/ads/<id:ad_id>/why")
@operation(
    summary="See why one got an ad", body=TicketBody, returns=contract.WhyView, limit="write", errors=_ONE,
    description=f"All that was looked at, and the price. {_BY_TICKET}",
)  # fmt: skip
def explain_ad(call: Call, ad_id: str) -> Any:
    return call.ask("ads", "explain_ad", ad_id=ad_id, ticket=call.body.ticket)
