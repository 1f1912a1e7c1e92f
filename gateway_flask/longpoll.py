"""Long poll: the WebSocket's frames for clients that cannot hold a socket.

Nothing is kept between two polls. The cursor holds, for every conversation, the `ver` that the
client has; a poll first follows the channels, then asks what the client lacks, and only when that
is nothing waits for the next push. So a poll may go to any worker, and Redis may lose everything.
"""

from __future__ import annotations

import base64
import binascii
import time
import uuid
from typing import Any

import gevent
import msgspec
from gevent.event import Event

from contracts.base import Invalid, ServiceError
from gateway_flask.frames import Close, Frame
from gateway_flask.live import hub
from gateway_flask.operation import Call
from plumbing import codec
from plumbing.live_channels import conversation_channel, user_channel

_MORE_S = 0.03
_MAX_CHANGES = 200
_MAX_LISTED = 50


class PollReader:
    """Collects the frames that come while a poll waits."""

    def __init__(self, call: Call) -> None:
        self.user_id = call.me.user_id
        self.session_id = call.me.session_id
        self.device = f"poll-{call.request_id}"
        self.connected_at = time.time()
        self.heard_at = time.monotonic()
        self.channels: set[str] = set()
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
        _follow(call, reader)
        if heads is None:
            ready = {"t": "ready", "user": reader.user_id, "heartbeat_s": 25}
            return _answer([ready], _present_heads(call))
        frames = _missed(call, heads)
        if not frames:
            reader.wait(timeout_s)
            frames = _arrived(reader, heads)
        return _answer(frames, heads)
    finally:
        hub().remove(reader)


def _follow(call: Call, reader: PollReader) -> None:
    hub().join(reader, [user_channel(reader.user_id)])
    mine = call.ask("messaging", "list_my_conversation_ids")
    hub().join(reader, [conversation_channel(conversation_id) for conversation_id in mine])


def _present_heads(call: Call) -> dict[str, int]:
    items = call.ask("messaging", "sync", heads={})["items"]
    return {item["conv"]: item["ver"] for item in items if not item.get("gone")}


def _missed(call: Call, heads: dict[str, int]) -> list[dict[str, Any]]:
    frames: list[dict[str, Any]] = []
    for item in call.ask("messaging", "sync", heads=heads)["items"][:_MAX_LISTED]:
        conversation_id = item["conv"]
        if item.get("gone"):
            heads.pop(conversation_id, None)
            frames.append(_left(conversation_id))
        elif conversation_id not in heads:
            heads[conversation_id] = item["ver"]
            frames.append(_joined(conversation_id))
        else:
            frames += _changes(call, conversation_id, heads)
        if len(frames) >= 2 * _MAX_CHANGES:
            break
    return frames


def _changes(call: Call, conversation_id: str, heads: dict[str, int]) -> list[dict[str, Any]]:
    try:
        found = call.ask(
            "messaging", "list_changes", conversation_id=conversation_id, after_ver=heads[conversation_id],
            limit=_MAX_CHANGES,
        )  # fmt: skip
    except ServiceError as error:
        if error.kind != "not_found":
            raise
        heads.pop(conversation_id)
        return [_left(conversation_id)]
    changes = found["items"]
    heads[conversation_id] = changes[-1]["ver"] if changes else found["ver"]
    return [{"t": "event", **change} for change in changes]


def _arrived(reader: PollReader, heads: dict[str, int]) -> list[dict[str, Any]]:
    """Return what was pushed, without events that leave a gap: the next poll brings those in order."""
    if reader.closed is not None and reader.closed != Close.DRAINING:
        code = "session_ended" if reader.closed == Close.NOT_AUTHENTICATED else "closed"
        return [{"t": "error", "code": code}]
    frames = []
    for frame in reader.frames:
        value = codec.decode(frame.payload)
        if value.get("t") == "event":
            conversation_id, ver = value.get("conv"), value.get("ver")
            if heads.get(conversation_id, -1) + 1 != ver:
                continue
            heads[conversation_id] = ver
        elif value.get("type") == "conversation.joined":
            continue
        frames.append(value)
    return frames


def _left(conversation_id: str) -> dict[str, Any]:
    return {"t": "user_event", "type": "conversation.left", "data": {"conversation_id": conversation_id}}


def _joined(conversation_id: str) -> dict[str, Any]:
    return {"t": "user_event", "type": "conversation.joined", "data": {"conversation_id": conversation_id}}


def _answer(frames: list[dict[str, Any]], heads: dict[str, int]) -> dict[str, Any]:
    return {"frames": frames, "cursor": pack_cursor(heads)}


def pack_cursor(heads: dict[str, int]) -> str:
    """Return conversations and their vers as one opaque text."""
    flat: list[Any] = []
    for conversation_id, ver in heads.items():
        flat += (uuid.UUID(conversation_id).bytes, ver)
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(flat)).rstrip(b"=").decode()


def unpack_cursor(cursor: str) -> dict[str, int]:
    """Return what `pack_cursor` packed.

    Raises:
        Invalid: It is no such text.
    """
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        flat = msgspec.msgpack.decode(raw, type=list[Any])
        pairs = zip(flat[::2], flat[1::2], strict=True)
        heads = {str(uuid.UUID(bytes=conversation)): int(ver) for conversation, ver in pairs}
    except (binascii.Error, ValueError, TypeError, msgspec.MsgspecError):
        raise Invalid("That cursor is not one of ours.", code="cursor_invalid", field="cursor") from None
    if any(not 0 <= ver < 2**53 for ver in heads.values()):
        raise Invalid("That cursor is not one of ours.", code="cursor_invalid", field="cursor")
    return heads
