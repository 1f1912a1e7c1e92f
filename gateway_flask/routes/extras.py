"""What people do with messages: reactions, pins, votes, drafts, scheduled messages."""

# ruff: noqa: D103 - each summary stands in `@operation`
from __future__ import annotations

from typing import Annotated, Any, TypedDict

import flask
from msgspec import Meta

from contracts import messaging as contract
from contracts.base import Page
from gateway_flask.fields import Cursor, Id, Limit, Request
from gateway_flask.operation import Call, operation
from gateway_flask.routes.texts import Entities, Text, an_emoji, entity_views

bp = flask.Blueprint("extras", __name__, url_prefix="/v1")


class ReactionView(TypedDict):
    """One person's reaction."""

    user_id: str
    emoji: str
    created_at: str


class VoteView(TypedDict):
    """One person's vote for one option."""

    user_id: str
    option_id: int


class PageQuery(Request):
    """A page of a list."""

    limit: Limit = 100
    after: Cursor | None = None


class VoteBody(Request):
    """The options voted for; none takes the vote back."""

    option_ids: Annotated[list[Annotated[int, Meta(ge=0, le=1_000)]], Meta(max_length=12)]


class DraftBody(Request):
    """An unsent text."""

    text: Text
    entities: Entities | None = None
    reply_to: Id | None = None


class ScheduledQuery(Request):
    """Of one conversation, or of all."""

    conversation_id: Id | None = None


@bp.put("/messages/<id:message_id>/reactions/<emoji>")
@operation(
    summary="React to a message", returns=contract.MessageView, limit="write",
    errors=(contract.UnknownMessage, contract.Blocked, contract.TooManyReactions),
)  # fmt: skip
def add_reaction(call: Call, message_id: str, emoji: str) -> Any:
    return call.ask("messaging", "add_reaction", message_id=message_id, emoji=an_emoji(emoji))


@bp.delete("/messages/<id:message_id>/reactions/<emoji>")
@operation(
    summary="Take a reaction back", returns=contract.MessageView, limit="write", errors=(contract.UnknownMessage,)
)  # fmt: skip
def remove_reaction(call: Call, message_id: str, emoji: str) -> Any:
    return call.ask("messaging", "remove_reaction", message_id=message_id, emoji=an_emoji(emoji))


@bp.get("/messages/<id:message_id>/reactions")
@operation(summary="See who reacted", query=PageQuery, returns=Page[ReactionView], errors=(contract.UnknownMessage,))
def list_reactions(call: Call, message_id: str) -> Any:
    query: PageQuery = call.query
    return call.ask("messaging", "list_reactions", message_id=message_id, limit=query.limit, after=query.after)


@bp.put("/messages/<id:message_id>/pin")
@operation(
    summary="Pin a message", returns=contract.MessageView, limit="write",
    errors=(contract.UnknownMessage, contract.RoleTooLow, contract.Blocked, contract.TooManyPins),
)  # fmt: skip
def pin_message(call: Call, message_id: str) -> Any:
    return call.ask("messaging", "pin_message", message_id=message_id)


@bp.delete("/messages/<id:message_id>/pin")
@operation(
    summary="Unpin a message", returns=contract.MessageView, limit="write",
    errors=(contract.UnknownMessage, contract.RoleTooLow),
)  # fmt: skip
def unpin_message(call: Call, message_id: str) -> Any:
    return call.ask("messaging", "unpin_message", message_id=message_id)


@bp.get("/conversations/<id:conversation_id>/pins")
@operation(summary="List pinned messages", returns=Page[contract.MessageView], errors=(contract.UnknownConversation,))
def list_pins(call: Call, conversation_id: str) -> Any:
    return {"items": call.ask("messaging", "list_pins", conversation_id=conversation_id), "next": None}


@bp.put("/messages/<id:message_id>/vote")
@operation(
    summary="Vote in a poll", body=VoteBody, returns=contract.MessageView, limit="write",
    errors=(contract.UnknownMessage, contract.NotAPoll, contract.Blocked, contract.PollClosed, contract.VoteInvalid),
)  # fmt: skip
def vote_poll(call: Call, message_id: str) -> Any:
    return call.ask("messaging", "vote_poll", message_id=message_id, option_ids=call.body.option_ids)


@bp.get("/messages/<id:message_id>/poll/votes")
@operation(
    summary="See who voted for what", query=PageQuery, returns=Page[VoteView],
    errors=(contract.UnknownMessage, contract.NotAPoll, contract.PollAnonymous),
)  # fmt: skip
def list_poll_votes(call: Call, message_id: str) -> Any:
    query: PageQuery = call.query
    return call.ask("messaging", "list_poll_votes", message_id=message_id, limit=query.limit, after=query.after)


@bp.post("/messages/<id:message_id>/poll/close")
@operation(
    summary="Close a poll", returns=contract.MessageView,
    errors=(contract.UnknownMessage, contract.NotAPoll, contract.RoleTooLow),
)  # fmt: skip
def close_poll(call: Call, message_id: str) -> Any:
    return call.ask("messaging", "close_poll", message_id=message_id)


@bp.put("/conversations/<id:conversation_id>/draft")
@operation(
    summary="Keep a draft", body=DraftBody, returns=contract.DraftView, limit="write",
    errors=(contract.UnknownConversation, contract.EntityInvalid, contract.ReplyInvalid),
)  # fmt: skip
def put_draft(call: Call, conversation_id: str) -> Any:
    body: DraftBody = call.body
    entities = None if body.entities is None else entity_views(body.entities)
    return call.ask(
        "messaging", "put_draft", conversation_id=conversation_id, text=body.text, entities=entities,
        reply_to=body.reply_to,
    )  # fmt: skip


@bp.delete("/conversations/<id:conversation_id>/draft")
@operation(summary="Drop a draft", errors=(contract.UnknownConversation,))
def delete_draft(call: Call, conversation_id: str) -> None:
    call.ask("messaging", "delete_draft", conversation_id=conversation_id)


@bp.get("/drafts")
@operation(summary="List drafts", returns=Page[contract.DraftView])
def list_drafts(call: Call) -> Any:
    return call.ask("messaging", "list_drafts")


@bp.get("/scheduled")
@operation(
    summary="List scheduled messages", query=ScheduledQuery, returns=Page[contract.ScheduledView],
    errors=(contract.UnknownConversation,),
)  # fmt: skip
def list_scheduled(call: Call) -> Any:
    return call.ask("messaging", "list_scheduled", conversation_id=call.query.conversation_id)


@bp.delete("/scheduled/<id:scheduled_id>")
@operation(summary="Cancel a scheduled message", errors=(contract.UnknownScheduledMessage,))
def cancel_scheduled(call: Call, scheduled_id: str) -> None:
    call.ask("messaging", "cancel_scheduled", scheduled_id=scheduled_id)
