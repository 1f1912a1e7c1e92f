"""Sending: new messages and forwarded ones, each once."""

# ruff: noqa: D103 - each summary stands in `@operation`
from __future__ import annotations

from typing import Annotated

import flask
import msgspec
from msgspec import Meta

from contracts import messaging as contract
from contracts.base import ErrorBody, error_from_wire
from gateway_flask.fields import ClientId, Id, Moment, Request, moment_text
from gateway_flask.operation import Call, operation
from gateway_flask.reply import REPLAYED, Reply
from gateway_flask.routes.texts import Entities, Text, entity_views
from gateway_flask.rpc import send_batched
from plumbing import codec

bp = flask.Blueprint("sending", __name__, url_prefix="/v1")


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


def _sent(result: contract.SendResult) -> Reply:
    message = result.get("message")
    if message is not None:
        if result.get("replayed"):
            return Reply(200, codec.encode(message), [REPLAYED])
        return Reply(201, codec.encode(message))
    if "scheduled" not in result:
        raise error_from_wire(msgspec.convert(result["error"], ErrorBody))
    return Reply(202, codec.encode(result["scheduled"]), [REPLAYED] if result.get("replayed") else [])
