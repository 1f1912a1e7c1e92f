"""Members of a conversation: list, add, remove, roles, and who is there now."""

# ruff: noqa: D103 - each summary stands in `@operation`
from __future__ import annotations

from typing import Annotated, Any, Literal, TypedDict

import flask
from msgspec import Meta

from contracts import messaging as contract
from contracts.base import Page
from gateway_flask.fields import Cursor, Id, Limit, Request
from gateway_flask.operation import Call, operation
from gateway_flask.presence import presence_of

bp = flask.Blueprint("members", __name__, url_prefix="/v1/conversations/<id:conversation_id>")


class PresenceView(TypedDict):
    """Whether a person is there now, or when they last were (null: not in the last 30 days)."""

    user_id: str
    online: bool
    last_seen_at: str | None


class MembersQuery(Request):
    """A page of members."""

    limit: Limit = 100
    after: Cursor | None = None


class AddBody(Request):
    """Whom to add."""

    user_ids: Annotated[list[Id], Meta(min_length=1, max_length=contract.MAX_MEMBERS)]


class RoleBody(Request):
    """The new role."""

    role: Literal["member", "moderator", "owner"]


@bp.get("/members")
@operation(
    summary="List members", query=MembersQuery, returns=Page[contract.MemberView],
    errors=(contract.UnknownConversation,),
)  # fmt: skip
def list_members(call: Call, conversation_id: str) -> Any:
    query: MembersQuery = call.query
    return call.ask("messaging", "list_members", conversation_id=conversation_id, limit=query.limit, after=query.after)


@bp.post("/members")
@operation(
    summary="Add members", body=AddBody, returns=contract.ConversationView, limit="write",
    errors=(contract.UnknownConversation, contract.RoleTooLow, contract.UnknownPerson, contract.TooManyMembers,
            contract.DirectIsForTwo),
)  # fmt: skip
def add_members(call: Call, conversation_id: str) -> Any:
    return call.ask("messaging", "add_members", conversation_id=conversation_id, user_ids=call.body.user_ids)


@bp.delete("/members/<id:user_id>")
@operation(
    summary="Remove a member, or leave", limit="write",
    errors=(contract.UnknownConversation, contract.UnknownMember, contract.RoleTooLow, contract.LastOwner),
)  # fmt: skip
def remove_member(call: Call, conversation_id: str, user_id: str) -> None:
    call.ask("messaging", "remove_member", conversation_id=conversation_id, user_id=user_id)


@bp.patch("/members/<id:user_id>")
@operation(
    summary="Set a member's role", body=RoleBody, returns=contract.MemberView, limit="write",
    errors=(contract.UnknownConversation, contract.UnknownMember, contract.RoleTooLow, contract.LastOwner),
)  # fmt: skip
def set_member_role(call: Call, conversation_id: str, user_id: str) -> Any:
    return call.ask(
        "messaging", "set_member_role", conversation_id=conversation_id, user_id=user_id, role=call.body.role
    )  # fmt: skip


@bp.get("/presence")
@operation(
    summary="See which members are there now", query=MembersQuery, returns=Page[PresenceView],
    errors=(contract.UnknownConversation,),
)  # fmt: skip
def list_presence(call: Call, conversation_id: str) -> Any:
    query: MembersQuery = call.query
    page = call.ask("messaging", "list_members", conversation_id=conversation_id, limit=query.limit, after=query.after)
    people = presence_of([member["user_id"] for member in page["items"]])
    return {"items": people, "next": page["next"]}
