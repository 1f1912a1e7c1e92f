"""A person's list of what happened, and how they want to hear of things."""

# ruff: noqa: D103 - each summary stands in `@operation`
from __future__ import annotations

from typing import Annotated, Any, Literal, TypedDict

import flask
from msgspec import UNSET, Meta, UnsetType

from contracts import subscriptions as contract
from contracts.base import Invalid
from gateway_flask.fields import Cursor, Id, Limit, Request, given
from gateway_flask.operation import Call, operation

bp = flask.Blueprint("notifications", __name__, url_prefix="/v1/notifications")

WallTime = Annotated[str, Meta(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$", max_length=5)]


class Unread(TypedDict):
    """How many lines are unread now, on all devices."""

    unread: int


class NotificationsQuery(Request):
    """A page of the list, the newest first."""

    limit: Limit = 50
    after: Cursor | None = None
    unread_only: bool = False


class ReadNotificationsBody(Request):
    """Which lines: these, or all up to one; all where neither is given."""

    ids: Annotated[list[Id], Meta(max_length=200)] | None = None
    up_to: Id | None = None


class PreferencesBody(Request):
    """What to change; quiet hours have two ends, or none (null)."""

    time_zone: Annotated[str, Meta(min_length=1, max_length=64)] | UnsetType = UNSET
    quiet_from: WallTime | None | UnsetType = UNSET
    quiet_to: WallTime | None | UnsetType = UNSET
    push: bool | UnsetType = UNSET
    email_digest: Literal["off", "daily", "weekly"] | UnsetType = UNSET
    email: Annotated[str, Meta(max_length=254)] | None | UnsetType = UNSET
    mentions: bool | UnsetType = UNSET
    replies: bool | UnsetType = UNSET


@bp.get("")
@operation(
    summary="List what happened", query=NotificationsQuery, returns=contract.NotificationPage,
    description="Unread lines about the same are one, with a `count`; `why` names the rule behind each.",
)  # fmt: skip
def list_notifications(call: Call) -> Any:
    query: NotificationsQuery = call.query
    return call.ask(
        "subscriptions", "list_notifications", limit=query.limit, after=query.after, unread_only=query.unread_only
    )  # fmt: skip


@bp.post("/read")
@operation(summary="Mark lines as read", body=ReadNotificationsBody, body_required=False, returns=Unread, limit="write")
def mark_notifications_read(call: Call) -> Any:
    body: ReadNotificationsBody = call.body or ReadNotificationsBody()
    if body.ids is not None and body.up_to is not None:
        raise Invalid("Give ids or up_to, not both.", code="invalid_field", field="up_to")
    return call.ask("subscriptions", "mark_notifications_read", ids=body.ids, up_to=body.up_to)


@bp.get("/preferences")
@operation(summary="Get how one hears of things", returns=contract.PreferencesView)
def get_preferences(call: Call) -> Any:
    return call.ask("subscriptions", "get_preferences")


@bp.patch("/preferences")
@operation(
    summary="Change how one hears of things", body=PreferencesBody, returns=contract.PreferencesView, limit="write",
    errors=(contract.PreferencesInvalid,),
)  # fmt: skip
def update_preferences(call: Call) -> Any:
    return call.ask("subscriptions", "update_preferences", changes=given(call.body))
