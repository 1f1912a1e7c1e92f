"""What a long poll's client has, as one opaque text."""

from __future__ import annotations

import base64
import binascii
import uuid
from dataclasses import dataclass
from typing import Any

import msgspec

from contracts.base import Invalid
from gateway_flask.fields import MAX_SAFE

Counts = dict[str, int]


@dataclass
class Heads:
    """How far a client is.

    Attributes:
        conversations: The `ver` of each.
        channels: The `seq` of each; None while svc_subscriptions has not said which there are.
    """

    conversations: Counts
    channels: Counts | None


class CursorInvalid(Invalid):
    """A cursor was changed or made up."""

    code = "cursor_invalid"
    detail = "That cursor is not one of ours."


def pack_cursor(heads: Heads) -> str:
    """Return what a client has as text."""
    channels = None if heads.channels is None else _flat(heads.channels)
    raw = msgspec.msgpack.encode([_flat(heads.conversations), channels])
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _flat(counts: Counts) -> list[Any]:
    flat: list[Any] = []
    for place_id, count in counts.items():
        flat += (uuid.UUID(place_id).bytes, count)
    return flat


def unpack_cursor(cursor: str) -> Heads:
    """Return what `pack_cursor` packed.

    Raises:
        CursorInvalid: It is no such text.
    """
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        conversations, channels = msgspec.msgpack.decode(raw, type=tuple[list[Any], list[Any] | None])
        return Heads(_counts(conversations), None if channels is None else _counts(channels))
    except (binascii.Error, ValueError, TypeError, msgspec.MsgspecError):
        raise CursorInvalid(field="cursor") from None


def _counts(flat: list[Any]) -> Counts:
    pairs = zip(flat[::2], flat[1::2], strict=True)
    counts = {str(uuid.UUID(bytes=place)): int(count) for place, count in pairs}
    if any(not 0 <= count <= MAX_SAFE for count in counts.values()):
        raise ValueError("out of range")
    return counts
