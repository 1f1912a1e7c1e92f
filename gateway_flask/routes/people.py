"""Blocked people, and reports to the moderators."""

# ruff: noqa: D103 - each summary stands in `@operation`
from __future__ import annotations

from typing import Annotated, Any, Literal

import flask
from msgspec import Meta

from contracts import messaging as contract
from contracts.base import Page
from gateway_flask.fields import Cursor, Id, Limit, Request
from gateway_flask.operation import Call, operation

bp = flask.Blueprint("people", __name__, url_prefix="/v1")


class ReportBody(Request):
    """What is wrong, and with whom or what."""

    conversation_id: Id
    reason: Annotated[str, Meta(min_length=1, max_length=100)]
    note: Annotated[str, Meta(max_length=2_000)] = ""
    message_id: Id | None = None
    user_id: Id | None = None


class ReportsQuery(Request):
    """A page of reports."""

    state: Literal["open", "resolved", "dismissed"] = "open"
    limit: Limit = 50
    after: Cursor | None = None


class ResolveBody(Request):
    """What became of it."""

    state: Literal["resolved", "dismissed"]


@bp.get("/blocks")
@operation(summary="List blocked people", returns=Page[contract.BlockView])
def list_blocked(call: Call) -> Any:
    return call.ask("messaging", "list_blocked")


@bp.put("/blocks/<id:user_id>")
@operation(summary="Block a person", returns=contract.BlockView, limit="write", errors=(contract.UnknownPerson,))
def block_user(call: Call, user_id: str) -> Any:
    return call.ask("messaging", "block_user", user_id=user_id)


@bp.delete("/blocks/<id:user_id>")
@operation(summary="Unblock a person", limit="write")
def unblock_user(call: Call, user_id: str) -> None:
    call.ask("messaging", "unblock_user", user_id=user_id)


@bp.post("/reports")
@operation(
    summary="Report a message or a person", body=ReportBody, returns=contract.ReportView, status=201, limit="create",
    keyed=True,
    errors=(contract.UnknownConversation, contract.UnknownMessage, contract.UnknownMember),
)  # fmt: skip
def create_report(call: Call) -> Any:
    body: ReportBody = call.body
    return call.ask(
        "messaging", "create_report", conversation_id=body.conversation_id, reason=body.reason, note=body.note,
        message_id=body.message_id, user_id=body.user_id,
    )  # fmt: skip


@bp.get("/reports")
@operation(summary="List reports (moderators of the platform)", query=ReportsQuery, returns=Page[contract.ReportView])
def list_reports(call: Call) -> Any:
    query: ReportsQuery = call.query
    return call.ask("messaging", "list_reports", state=query.state, limit=query.limit, after=query.after)


@bp.get("/reports/<id:report_id>")
@operation(
    summary="Look into a report (moderators of the platform)", returns=contract.ReportedView,
    errors=(contract.UnknownReport,),
    description="With the reported message and the three before and after it, or the reported person's last ones.",
)  # fmt: skip
def get_report(call: Call, report_id: str) -> Any:
    return call.ask("messaging", "get_report", report_id=report_id)


@bp.patch("/reports/<id:report_id>")
@operation(
    summary="Close a report (moderators of the platform)", body=ResolveBody, returns=contract.ReportView,
    errors=(contract.UnknownReport, contract.ReportClosed),
)  # fmt: skip
def resolve_report(call: Call, report_id: str) -> Any:
    return call.ask("messaging", "resolve_report", report_id=report_id, state=call.body.state)
