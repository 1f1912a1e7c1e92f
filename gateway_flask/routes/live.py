"""The live path's HTTP side: tickets, long poll and sync."""

# ruff: noqa: D103 - each summary stands in `@operation`
from __future__ import annotations

from typing import Annotated, Any, NotRequired, TypedDict

import flask
from msgspec import Meta

from contracts.base import Unavailable
from contracts.messaging import SyncItem
from contracts.subscriptions import ChannelSyncItem
from gateway_flask.channel_source import channel_source
from gateway_flask.fields import Id, Number, Request
from gateway_flask.live import hub
from gateway_flask.longpoll import poll
from gateway_flask.operation import Call, operation
from gateway_flask.options import options
from gateway_flask.tickets import TICKET_S, issue_ticket

bp = flask.Blueprint("live", __name__, url_prefix="/v1")

#: What the services take: of conversations or channels beyond that, those that a body lacks are told too.
_MAX_HEADS = 5_000
_MAX_POLLS = 5_000
_waiting = 0

Heads = Annotated[dict[Id, Number], Meta(max_length=_MAX_HEADS)]
Seconds = Annotated[int, Meta(ge=0, le=30)]


class TicketView(TypedDict):
    """A one-use ticket for the WebSocket, and the seconds that it lives."""

    ticket: str
    expires_in: int


class SyncView(TypedDict):
    """Every conversation and channel that is not where the client thinks it is.

    `channels` is there when the body has some; null says that they could not be asked for now. `epoch` is another one
    after older data was restored: whoever has seen a different one forgets all that they keep.
    """

    epoch: str
    items: list[SyncItem]
    channels: NotRequired[list[ChannelSyncItem] | None]


class LongPollView(TypedDict):
    """Frames as the WebSocket has them, and the cursor for the next poll."""

    frames: list[dict[str, Any]]
    cursor: str


class SyncBody(Request):
    """What the client has: the `ver` of each conversation that it knows, and the `seq` of each channel."""

    heads: Heads
    channels: Heads | None = None


class LongPollQuery(Request):
    """Where to go on from; without a cursor the answer comes at once, with a first one."""

    cursor: Annotated[str, Meta(max_length=8_000)] | None = None
    timeout: Seconds = 25


class LongPollBody(Request):
    """The same in a body, for cursors that are too long for an address."""

    cursor: Annotated[str, Meta(max_length=800_000)] | None = None
    timeout: Seconds = 25


@bp.post("/ws-ticket")
@operation(summary="Get a ticket for the WebSocket", returns=TicketView, limit="write")
def create_ticket(call: Call) -> TicketView:
    return {"ticket": issue_ticket(call.token or ""), "expires_in": TICKET_S}


@bp.post("/sync")
@operation(
    summary="Ask which conversations and channels are ahead of the client", body=SyncBody, returns=SyncView,
    description="On connecting, after a `resync` frame, and every 60 s.",
)  # fmt: skip
def sync(call: Call) -> Any:
    answer = {"epoch": options().epoch, **call.ask("messaging", "sync", heads=call.body.heads)}
    if call.body.channels is None:
        return answer
    found = channel_source.ask("sync_channels", call.token, heads=call.body.channels)
    return {**answer, "channels": None if found is None else found["items"]}


@bp.get("/poll")
@operation(summary="Wait for frames (long poll)", query=LongPollQuery, returns=LongPollView)
def poll_by_query(call: Call) -> Any:
    return _poll(call, call.query.cursor, call.query.timeout)


@bp.post("/poll")
@operation(summary="Wait for frames, with a long cursor", body=LongPollBody, returns=LongPollView)
def poll_by_body(call: Call) -> Any:
    return _poll(call, call.body.cursor, call.body.timeout)


def _poll(call: Call, cursor: str | None, timeout_s: int) -> dict[str, Any]:
    global _waiting  # noqa: PLW0603 - one counter a process
    if hub().draining:
        raise Unavailable(code="draining", retry_after_s=1)
    if _waiting >= _MAX_POLLS:
        raise Unavailable(code="overloaded", retry_after_s=5)
    _waiting += 1
    try:
        return poll(call, cursor, timeout_s)
    finally:
        _waiting -= 1
