"""Messages: send, read, edit, delete, forward."""

# ruff: noqa: D103 - each summary stands in `@operation`
from __future__ import annotations

from typing import Annotated, Any, Literal

import flask
import msgspec
from msgspec import Meta

from contracts import messaging as contract
from contracts.base import ErrorBody, Invalid, Page, error_from_wire
from gateway_flask.fields import ClientId, Id, Limit, Moment, Number, Request, moment_text
from gateway_flask.operation import Call, operation
from gateway_flask.reply import Header, Reply
from gateway_flask.rpc import send_batched
from plumbing import codec

bp = flask.Blueprint("messages", __name__, url_prefix="/v1")

Text = Annotated[str, Meta(max_length=contract.MAX_TEXT)]
_REPLAYED: Header = ("Idempotent-Replayed", "true")


class EntityBody(Request, omit_defaults=True):
    """A formatted stretch of the text, in Unicode code points."""

    type: Literal["bold", "italic", "code", "pre", "strike", "spoiler", "link", "mention"]
    offset: Annotated[int, Meta(ge=0, le=contract.MAX_TEXT)]
    length: Annotated[int, Meta(ge=1, le=contract.MAX_TEXT)]
    url: Annotated[str, Meta(max_length=2_000)] | None = None
    user_id: Id | None = None
    language: Annotated[str, Meta(max_length=40)] | None = None


Entities = Annotated[list[EntityBody], Meta(max_length=contract.MAX_ENTITIES)]


class PollBody(Request):
    """A question to vote on."""

    question: Annotated[str, Meta(min_length=1, max_length=300)]
    options: Annotated[list[Annotated[str, Meta(min_length=1, max_length=100)]], Meta(min_length=2, max_length=12)]
    multiple: bool = False
    anonymous: bool = False
    closes_at: Moment | None = None


class SendBody(Request):
    """A message. Sending the same body again under the same `client_msg_id` sends nothing twice."""

    client_msg_id: ClientId
    text: Text = ""
    reply_to: Id | None = None
    media_ids: Annotated[list[Id], Meta(max_length=20)] = []
    entities: Entities = []
    send_at: Moment | None = None
    ttl_s: Annotated[int, Meta(ge=1, le=31_536_000)] | None = None
    poll: PollBody | None = None


class HistoryQuery(Request):
    """Which messages: at most one of the three places."""

    limit: Limit = 50
    before_seq: Number | None = None
    after_seq: Number | None = None
    around_seq: Number | None = None


class EditBody(Request):
    """The new text."""

    text: Text
    entities: Entities | None = None


class DeleteQuery(Request):
    """For whom it goes away."""

    scope: Literal["me", "all"] = "all"


class ThreadQuery(Request):
    """A page of a thread."""

    limit: Limit = 50
    after_seq: Number | None = None


class ForwardBody(Request):
    """Where to forward to."""

    conversation_id: Id
    client_msg_id: ClientId


@bp.post("/conversations/<id:conversation_id>/messages")
@operation(
    summary="Send a message", body=SendBody, returns=contract.MessageView, status=201, limit="send",
    errors=(contract.UnknownConversation, contract.IdempotencyMismatch, contract.Blocked, contract.MessageEmpty,
            contract.EntityInvalid, contract.ReplyInvalid, contract.SendTimeInvalid, contract.PollInvalid,
            contract.SlowMode),
    also={
        200: (contract.MessageView, "The same message was sent before; this is it (`Idempotent-Replayed: true`)."),
        202: (contract.ScheduledView, "Stored, to be sent at `send_at`."),
    },
)  # fmt: skip
def send_message(call: Call, conversation_id: str) -> Reply:
    body: SendBody = call.body
    item: contract.SendItem = {
        "token": call.token or "",
        "conversation_id": conversation_id,
        "client_msg_id": body.client_msg_id,
        "text": body.text,
    }
    _add_rare_fields(item, body)
    return _sent(send_batched(item, traceparent=call.traceparent))


def _add_rare_fields(item: contract.SendItem, body: SendBody) -> None:
    if body.entities:
        item["entities"] = entity_views(body.entities)
    if body.media_ids:
        item["media_ids"] = body.media_ids
    if body.reply_to is not None:
        item["reply_to"] = body.reply_to
    if body.send_at is not None:
        item["send_at"] = moment_text(body.send_at)
    if body.ttl_s is not None:
        item["ttl_s"] = body.ttl_s
    if body.poll is not None:
        item["poll"] = _poll_draft(body.poll)


def _poll_draft(poll: PollBody) -> contract.PollDraft:
    return {
        "question": poll.question,
        "options": poll.options,
        "multiple": poll.multiple,
        "anonymous": poll.anonymous,
        "closes_at": moment_text(poll.closes_at),
    }


def entity_views(entities: list[EntityBody]) -> list[contract.EntityView]:
    """Return entities as the contract has them, without the fields that are not set."""
    views: list[contract.EntityView] = msgspec.to_builtins(entities)
    return views


def _sent(result: contract.SendResult) -> Reply:
    message = result.get("message")
    if message is not None:
        if result.get("replayed"):
            return Reply(200, codec.encode(message), [_REPLAYED])
        return Reply(201, codec.encode(message))
    if "scheduled" not in result:
        raise error_from_wire(msgspec.convert(result["error"], ErrorBody))
    return Reply(202, codec.encode(result["scheduled"]), [_REPLAYED] if result.get("replayed") else [])


@bp.get("/conversations/<id:conversation_id>/messages")
@operation(
    summary="Read messages", query=HistoryQuery, returns=Page[contract.MessageView],
    errors=(contract.UnknownConversation,),
    description="In ascending order of seq. `next` is the seq to go on from: as `before_seq`, or as `after_seq` "
    "where the page was asked for with `after_seq`.",
)  # fmt: skip
def list_messages(call: Call, conversation_id: str) -> Any:
    query: HistoryQuery = call.query
    if sum(place is not None for place in (query.before_seq, query.after_seq, query.around_seq)) > 1:
        raise Invalid("Give one of before_seq, after_seq and around_seq.", code="invalid_field", field="before_seq")
    items: list[contract.MessageView] = call.ask(
        "messaging", "list_messages", conversation_id=conversation_id, limit=query.limit,
        before_seq=query.before_seq, after_seq=query.after_seq, around_seq=query.around_seq,
    )  # fmt: skip
    return {"items": items, "next": _next_seq(items, query.limit, forward=query.after_seq is not None)}


def _next_seq(items: list[contract.MessageView], limit: int, *, forward: bool) -> str | None:
    if len(items) < limit:
        return None
    if forward:
        return str(items[-1]["seq"])
    return str(items[0]["seq"]) if items[0]["seq"] > 1 else None


@bp.get("/messages/<id:message_id>")
@operation(summary="Get a message", returns=contract.MessageView, errors=(contract.UnknownMessage,))
def get_message(call: Call, message_id: str) -> Any:
    return call.ask("messaging", "get_message", message_id=message_id)


@bp.patch("/messages/<id:message_id>")
@operation(
    summary="Edit a message", body=EditBody, returns=contract.MessageView, limit="write",
    errors=(contract.UnknownMessage, contract.NotYourMessage, contract.EntityInvalid, contract.MessageEmpty),
)  # fmt: skip
def edit_message(call: Call, message_id: str) -> Any:
    body: EditBody = call.body
    entities = None if body.entities is None else entity_views(body.entities)
    return call.ask("messaging", "edit_message", message_id=message_id, text=body.text, entities=entities)


@bp.delete("/messages/<id:message_id>")
@operation(
    summary="Delete a message", query=DeleteQuery, limit="write",
    errors=(contract.UnknownMessage, contract.NotYourMessage, contract.RoleTooLow),
)  # fmt: skip
def delete_message(call: Call, message_id: str) -> None:
    call.ask("messaging", "delete_message", message_id=message_id, scope=call.query.scope)


@bp.get("/messages/<id:message_id>/edits")
@operation(summary="List earlier texts", returns=Page[contract.EditView], errors=(contract.UnknownMessage,))
def list_edits(call: Call, message_id: str) -> Any:
    return call.ask("messaging", "list_edits", message_id=message_id)


@bp.get("/messages/<id:message_id>/thread")
@operation(
    summary="Read a thread", query=ThreadQuery, returns=Page[contract.MessageView],
    errors=(contract.UnknownMessage,),
)  # fmt: skip
def list_thread(call: Call, message_id: str) -> Any:
    query: ThreadQuery = call.query
    items: list[contract.MessageView] = call.ask(
        "messaging", "list_thread", message_id=message_id, limit=query.limit, after_seq=query.after_seq
    )
    return {"items": items, "next": _next_seq(items, query.limit, forward=True)}


@bp.post("/messages/<id:message_id>/forward")
@operation(
    summary="Forward a message", body=ForwardBody, returns=contract.MessageView, status=201, limit="send",
    errors=(contract.UnknownMessage, contract.UnknownConversation, contract.IdempotencyMismatch, contract.Blocked,
            contract.SlowMode),
    also={200: (contract.MessageView, "It was forwarded before; this is it (`Idempotent-Replayed: true`).")},
)  # fmt: skip
def forward_message(call: Call, message_id: str) -> Reply:
    body: ForwardBody = call.body
    result = call.ask(
        "messaging", "forward_message", message_id=message_id, conversation_id=body.conversation_id,
        client_msg_id=body.client_msg_id,
    )  # fmt: skip
    return _sent(result)
