"""What travels on the live path, and how it ends."""

from __future__ import annotations

import struct
from enum import IntEnum
from typing import Any

from plumbing import codec

_TEXT, _CLOSE, _PONG = 0x81, 0x88, 0x8A


class Close(IntEnum):
    """Why we close a WebSocket."""

    NORMAL = 1000
    PROTOCOL = 1002
    TOO_BIG = 1009
    GARBAGE = 4400
    NOT_AUTHENTICATED = 4401
    NO_HEARTBEAT = 4408
    REPLACED = 4409
    TOO_SLOW = 4413
    TOO_MANY = 4429
    DRAINING = 4503


class Frame:
    """A frame that was encoded once: its JSON, and the same as a WebSocket message."""

    __slots__ = ("payload", "wire")

    def __init__(self, payload: bytes) -> None:
        self.payload = payload
        self.wire = _head(_TEXT, len(payload)) + payload


def frame_of(value: dict[str, Any]) -> Frame:
    """Return `value` as a frame."""
    return Frame(codec.encode(value))


def close_wire(code: int, reason: str = "") -> bytes:
    """Return a WebSocket close message."""
    body = struct.pack("!H", code) + reason.encode()[:120]
    return _head(_CLOSE, len(body)) + body


def pong_wire(payload: bytes) -> bytes:
    """Return a WebSocket pong message."""
    return _head(_PONG, len(payload)) + payload


def _head(opcode: int, length: int) -> bytes:
    if length < 126:
        return bytes((opcode, length))
    if length < 65_536:
        return struct.pack("!BBH", opcode, 126, length)
    return struct.pack("!BBQ", opcode, 127, length)


PING = frame_of({"t": "ping"})
PONG = frame_of({"t": "pong"})
DRAIN = frame_of({"t": "drain"})
RESYNC = frame_of({"t": "resync"})
