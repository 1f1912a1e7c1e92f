"""Messages: read, edit, delete."""

# ruff: noqa: D103 - each summary stands in `@operation`
from __future__ import annotations

from typing import Any, Literal

import flask

from contracts import messaging as contract
from contracts.base import Invalid, Page
from gateway_flask.fields import Limit, Number, Request
from gateway_flask.operation import Call, operation
from gateway_flask.reply import Reply
from gateway_flask.routes.texts import Entities, Text, entity_views
from gateway_flask.rpc import read_batched

bp = flask.Blueprint("messages", __name__, url_prefix="/v1")


class HistoryQuery(Request):
    """Which messages: at most one of the three places."""

    limit: Limit = 50
    before_seq: Number | None = None
    after_seq: Number | None = None
    around_seq: Number | None = None


class SharedQuery(Request):
    """What the messages carry, and a page of them."""

    kind: contract.SharedKind
    limit: Limit = 50
    before_seq: Number | None = None


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
    place = {
        "conversation_id": conversation_id,
        "limit": query.limit,
        "before_seq": query.before_seq,
        "after_seq": query.after_seq,
        "around_seq": query.around_seq,
    }
    if query.limit > contract.MAX_PAGE_OF_MANY:
        return call.ask("messaging", "list_messages", **place)
    # Small pages travel together, and as they are: so that many readers cost less.
    return Reply(200, read_batched({"token": call.token or "", **place}, call.patience_s, call.traceparent))


@bp.get("/conversations/<id:conversation_id>/shared")
@operation(
    summary="Read the messages that carry media or links", query=SharedQuery, returns=Page[contract.MessageView],
    errors=(contract.UnknownConversation,),
    description="The last ones, in ascending order of seq. `next` is the seq to go on from, as `before_seq`.",
)  # fmt: skip
def list_shared(call: Call, conversation_id: str) -> Any:
    query: SharedQuery = call.query
    items: list[contract.MessageView] = call.ask(
        "messaging", "list_shared", conversation_id=conversation_id, kind=query.kind, limit=query.limit,
        before_seq=query.before_seq,
    )  # fmt: skip
    return {"items": items, "next": str(items[0]["seq"]) if len(items) == query.limit else None}


@bp.get("/messages/<id:message_id>")
@operation(summary="Get a message", returns=contract.MessageView, errors=(contract.UnknownMessage,))
def get_message(call: Call, message_id: str) -> Any:
    return call.ask("messaging", "get_message", message_id=message_id)


@bp.patch("/messages/<id:message_id>")
@operation(
    summary="Edit a message", body=EditBody, returns=contract.MessageView, limit="write",
    errors=(
        contract.UnknownMessage, contract.NotYourMessage, contract.NotEditable, contract.EntityInvalid,
        contract.MessageEmpty, contract.Blocked,
    ),
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


@bp.get("/messages/<id:message_id>/receipts")
@operation(
    summary="Count who has read and received a message", returns=contract.ReceiptCounts,
    errors=(contract.UnknownMessage,),
    description="Of the members but its author. Who they are is told by `GET /v1/conversations/{id}/members`.",
)  # fmt: skip
def count_receipts(call: Call, message_id: str) -> Any:
    return call.ask("messaging", "count_receipts", message_id=message_id)


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
    return {"items": items, "next": str(items[-1]["seq"]) if len(items) == query.limit else None}
