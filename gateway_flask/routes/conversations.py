"""Conversations: make, list, change, read up to, and what changed."""

# ruff: noqa: D103 - each summary stands in `@operation`
from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired, TypedDict

import flask
from msgspec import UNSET, Meta, UnsetType

from contracts import messaging as contract
from contracts.base import Page
from gateway_flask.fields import Cursor, Id, Limit, Moment, Number, Request, given, moment_text
from gateway_flask.operation import Call, operation
from gateway_flask.read_marks import read_marks

bp = flask.Blueprint("conversations", __name__, url_prefix="/v1/conversations")

Title = Annotated[str, Meta(min_length=1, max_length=200)]


class Changes(TypedDict):
    """Changes in the order of `ver`; `more` says that there are further ones after the last item.

    `reset` says that there never were as many as the client knows: older data was restored, fetch everything anew.
    """

    items: list[contract.ChangeView]
    ver: int
    more: bool
    reset: NotRequired[bool]


class CreateBody(Request):
    """A conversation between two people, or a group."""

    kind: Literal["direct", "group"]
    member_ids: Annotated[list[Id], Meta(max_length=contract.MAX_MEMBERS)]
    title: Title | None = None


class ListQuery(Request):
    """A page of the caller's conversations."""

    limit: Limit = 50
    after: Cursor | None = None
    archived: bool = False


class UpdateBody(Request):
    """What to change for everybody."""

    title: Title | UnsetType = UNSET
    slow_mode_s: Annotated[int, Meta(ge=0, le=86_400)] | UnsetType = UNSET


class MyBody(Request):
    """What to change for oneself."""

    muted_until: Moment | None | UnsetType = UNSET
    pinned: bool | UnsetType = UNSET
    archived: bool | UnsetType = UNSET
    marked_unread: bool | UnsetType = UNSET


class ReadBody(Request):
    """How far the caller has read; `private` keeps it from the others."""

    up_to_seq: Number
    private: bool = False


class DeliveredBody(Request):
    """How far the caller's devices have received."""

    up_to_seq: Number


class ChangesQuery(Request):
    """Which changes to list."""

    after_ver: Number
    limit: Annotated[int, Meta(ge=1, le=500)] = 200


@bp.post("")
@operation(
    summary="Make a conversation", body=CreateBody, returns=contract.ConversationView, status=201, limit="create",
    keyed=True,
    errors=(contract.UnknownPerson, contract.DirectIsForTwo, contract.TooManyMembers, contract.Blocked),
    description="A direct conversation that exists already is returned as it is.",
)  # fmt: skip
def create_conversation(call: Call) -> Any:
    body: CreateBody = call.body
    return call.ask("messaging", "create_conversation", kind=body.kind, member_ids=body.member_ids, title=body.title)


@bp.get("")
@operation(summary="List one's conversations", query=ListQuery, returns=Page[contract.ConversationView])
def list_conversations(call: Call) -> Any:
    query: ListQuery = call.query
    return call.ask("messaging", "list_conversations", limit=query.limit, after=query.after, archived=query.archived)


@bp.get("/<id:conversation_id>")
@operation(summary="Get a conversation", returns=contract.ConversationView, errors=(contract.UnknownConversation,))
def get_conversation(call: Call, conversation_id: str) -> Any:
    return call.ask("messaging", "get_conversation", conversation_id=conversation_id)


@bp.patch("/<id:conversation_id>")
@operation(
    summary="Change title or slow mode", body=UpdateBody, returns=contract.ConversationView, limit="write",
    errors=(contract.UnknownConversation, contract.RoleTooLow),
)  # fmt: skip
def update_conversation(call: Call, conversation_id: str) -> Any:
    return call.ask("messaging", "update_conversation", conversation_id=conversation_id, changes=given(call.body))


@bp.patch("/<id:conversation_id>/my")
@operation(
    summary="Mute, pin, archive or mark for oneself", body=MyBody, returns=contract.MySettingsView, limit="write",
    errors=(contract.UnknownConversation,),
)  # fmt: skip
def update_my_settings(call: Call, conversation_id: str) -> Any:
    body: MyBody = call.body
    changes = given(body)
    if body.muted_until is not UNSET:
        changes["muted_until"] = moment_text(body.muted_until)
    return call.ask("messaging", "update_my_settings", conversation_id=conversation_id, changes=changes)


@bp.post("/<id:conversation_id>/read")
@operation(
    summary="Mark as read up to a seq", body=ReadBody, returns=contract.MySettingsView,
    errors=(contract.UnknownConversation,),
    description="What one was notified of up to there is marked as read too, within moments.",
)  # fmt: skip
def mark_read(call: Call, conversation_id: str) -> Any:
    body: ReadBody = call.body
    settings = call.ask(
        "messaging", "mark_read", conversation_id=conversation_id, up_to_seq=body.up_to_seq, private=body.private
    )  # fmt: skip
    read_marks.add(call, conversation_id, body.up_to_seq)
    return settings


@bp.post("/<id:conversation_id>/delivered")
@operation(summary="Mark as received up to a seq", body=DeliveredBody, errors=(contract.UnknownConversation,))
def mark_delivered(call: Call, conversation_id: str) -> None:
    call.ask("messaging", "mark_delivered", conversation_id=conversation_id, up_to_seq=call.body.up_to_seq)


@bp.post("/<id:conversation_id>/unread")
@operation(summary="Mark as unread", returns=contract.MySettingsView, errors=(contract.UnknownConversation,))
def mark_unread(call: Call, conversation_id: str) -> Any:
    return call.ask("messaging", "mark_unread", conversation_id=conversation_id)


@bp.get("/<id:conversation_id>/changes")
@operation(
    summary="List what changed after a ver", query=ChangesQuery, returns=Changes,
    errors=(contract.UnknownConversation,),
)  # fmt: skip
def list_changes(call: Call, conversation_id: str) -> Any:
    query: ChangesQuery = call.query
    return call.ask(
        "messaging", "list_changes", conversation_id=conversation_id, after_ver=query.after_ver, limit=query.limit
    )  # fmt: skip
