"""Long poll: the WebSocket's frames for clients that cannot hold a socket.

Nothing is kept between two polls. The cursor holds, for every conversation and channel, how far the
client is; a poll first follows them in Redis, then asks what the client lacks, and only when that
is nothing waits for the next push. So a poll may go to any worker, and Redis may lose everything.
"""

from __future__ import annotations

import time
from typing import Any

import gevent
from gevent.event import Event

from gateway_flask.following import follow_channels, follow_conversations
from gateway_flask.frames import Close, Frame
from gateway_flask.live import hub
from gateway_flask.missed import missed, present_heads
from gateway_flask.operation import Call
from gateway_flask.places import JOINED
from gateway_flask.poll_cursor import Counts, Heads, pack_cursor, unpack_cursor
from plumbing import codec

_MORE_S = 0.03
#: A poll that could not follow channels ends sooner, so that the next one may.
_WITHOUT_CHANNELS_S = 5.0


class PollReader:
    """Collects the frames that come while a poll waits."""

    def __init__(self, call: Call) -> None:
        self.user_id = call.me.user_id
        self.session_id = call.me.session_id
        self.device = f"poll-{call.request_id}"
        self.connected_at = time.time()
        self.heard_at = time.monotonic()
        self.channels: dict[str, float] = {}
        self.frames: list[Frame] = []
        self.closed: int | None = None
        self._news = Event()

    def push(self, frame: Frame) -> None:
        """Keep a frame and wake the poll."""
        if len(self.frames) < 1_000:
            self.frames.append(frame)
        self._news.set()

    def close(self, code: int, reason: str = "") -> None:
        """End the poll at once."""
        self.closed = code
        self._news.set()

    def wait(self, timeout_s: float) -> None:
        """Wait for a first frame, and a moment for those that follow it."""
        if self._news.wait(timeout_s):
            gevent.sleep(_MORE_S)


def poll(call: Call, cursor: str | None, timeout_s: float) -> dict[str, Any]:
    """Return {frames, cursor} as soon as there is something, or after `timeout_s`."""
    heads = unpack_cursor(cursor) if cursor is not None else None
    reader = PollReader(call)
    try:
        follow_conversations(reader, call.ask)
        if not follow_channels(reader, call.token):
            timeout_s = min(timeout_s, _WITHOUT_CHANNELS_S)
        if heads is None:
            ready = {"t": "ready", "user": reader.user_id, "heartbeat_s": 25}
            return _answer([ready], present_heads(call))
        frames = missed(call, heads)
        if not frames:
            reader.wait(timeout_s)
            frames = _arrived(reader, heads)
        return _answer(frames, heads)
    finally:
        hub().remove(reader)


def _arrived(reader: PollReader, heads: Heads) -> list[dict[str, Any]]:
    """Return what was pushed, without events that leave a gap: the next poll brings those in order."""
    if reader.closed is not None and reader.closed != Close.DRAINING:
        code = "session_ended" if reader.closed == Close.NOT_AUTHENTICATED else "closed"
        return [{"t": "error", "code": code}]
    frames = (codec.decode(frame.payload) for frame in reader.frames)
    return [frame for frame in frames if _fits(frame, heads)]


def _fits(frame: dict[str, Any], heads: Heads) -> bool:
    """Tell whether a frame is the next one of its place; `heads` move along."""
    kind = frame.get("t")
    if kind == "event":
        return _is_next(heads.conversations, frame["conv"], frame["ver"])
    if frame.get("type") == "channel.deleted":
        return frame["channel"] in (heads.channels or {})
    if kind == "channel_event":
        return _is_next(heads.channels or {}, frame["channel"], frame["seq"])
    return frame.get("type") not in JOINED


def _is_next(counts: Counts, place_id: str, count: int) -> bool:
    if counts.get(place_id, -1) + 1 != count:
        return False
    counts[place_id] = count
    return True


def _answer(frames: list[dict[str, Any]], heads: Heads) -> dict[str, Any]:
    return {"frames": frames, "cursor": pack_cursor(heads)}
