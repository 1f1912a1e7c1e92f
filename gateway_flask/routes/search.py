"""Search in everything that the caller may read."""

# ruff: noqa: D103 - each summary stands in `@operation`
from __future__ import annotations

from typing import Annotated, Any

import flask
from msgspec import Meta

from contracts import messaging as contract
from contracts.base import Page
from gateway_flask.fields import Cursor, Id, Limit, Request
from gateway_flask.operation import Call, operation

bp = flask.Blueprint("search", __name__, url_prefix="/v1")


class SearchQuery(Request):
    """What to look for, and where."""

    q: Annotated[str, Meta(min_length=1, max_length=200)]
    conversation_id: Id | None = None
    limit: Limit = 20
    after: Cursor | None = None


@bp.get("/search")
@operation(
    summary="Search messages", query=SearchQuery, returns=Page[contract.MessageView], limit="search",
    errors=(contract.UnknownConversation,),
)  # fmt: skip
def search_messages(call: Call) -> Any:
    query: SearchQuery = call.query
    return call.ask(
        "messaging", "search_messages", query=query.q, conversation_id=query.conversation_id, limit=query.limit,
        after=query.after,
    )  # fmt: skip
