"""Reading messages whose properties cannot all be read, as if they had come without those.

The broker hands over header tables and short texts as they were sent. py-amqp refuses some in the middle of a frame
(a time after the year 9999, a text that is no UTF-8, a table in a table in a table …), and what it raises there ends
whoever consumes: the message comes again, and ends the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from struct import unpack_from
from typing import Any

from amqp import Message
from amqp.method_framing import frame_handler
from amqp.serialization import dumps, loads
from amqp.spec import Basic

from plumbing.logs import get_logger

log = get_logger(__name__)

_METHOD, _CONTENT_HEADER = 1, 2
#: What a delivery has between its consumer's tag and the exchange, in bytes.
_TAG_AND_FLAG = 9
#: Class, weight and length of the body; the properties' flags come after that.
_HEAD = 12
_FIXED_LENGTHS = {"o": 1, "L": 8}
_LENGTHS = {"s": ">B", "F": ">I"}
#: Our own part is added to a message's headers where it is moved, and all must fit into a frame of 128 KiB.
MOST_BYTES = 96 * 1024

Frame = tuple[int, int, Any]
Handler = Callable[[Frame], bool]


def lenient_frame_handler(connection: Any, callback: Any) -> Handler:
    """Return py-amqp's handler of frames, which is handed what it can read."""
    handle = frame_handler(connection, callback)

    def on_frame(frame: Frame) -> bool:
        frame = _with_readable_key(frame)
        try:
            return bool(handle(frame))
        except Exception:
            kind, channel, header = frame
            if kind != _CONTENT_HEADER or (readable := without_unreadable(header)) is None:
                raise
        # Whatever was raised was raised before py-amqp took note of the header.
        log.warning("properties_not_read")
        return bool(handle((kind, channel, readable)))

    return on_frame


def _with_readable_key(frame: Frame) -> Frame:
    """Return a delivery without those bytes of its routing key that are no text, and any other frame as it is."""
    kind, channel, method = frame
    if kind != _METHOD or unpack_from(">HH", method) != Basic.Deliver:
        return frame
    consumer_tag = 4
    exchange = consumer_tag + 1 + method[consumer_tag] + _TAG_AND_FLAG
    key = exchange + 1 + method[exchange]
    sent = bytes(method[key + 1 : key + 1 + method[key]])
    if (text := sent.decode("utf-8", "ignore").encode()) == sent:
        return frame
    return kind, channel, bytes(method[:key]) + bytes([len(text)]) + text


def without_unreadable(header: Any) -> bytes | None:
    """Return a content header with those properties alone that can be read; None where all can be."""
    (flags,), offset = unpack_from(">H", header, _HEAD), _HEAD + 2
    properties: dict[str, Any] = {}
    lost = False
    for number, (name, kind) in enumerate(Message.PROPERTIES):
        if flags & (1 << (15 - number)):
            after = offset + _length(header, offset, kind)
            try:
                (properties[name],), _ = loads(kind, header, offset)
            except Exception:  # the library raises whatever its parts do
                lost = True
            offset = after
    return bytes(header[:_HEAD]) + Message(**properties)._serialize_properties() if lost else None


def _length(header: Any, offset: int, kind: str) -> int:
    if kind in _FIXED_LENGTHS:
        return _FIXED_LENGTHS[kind]
    size = _LENGTHS[kind]
    return int(unpack_from(size, header, offset)[0]) + (1 if kind == "s" else 4)


def writable(headers: Mapping[Any, Any], own: Mapping[str, Any]) -> dict[Any, Any]:
    """Return a message's headers with `own` ones, or these alone where py-amqp could not write them all."""
    whole = {**headers, **own}
    try:
        fits = len(dumps("F", (whole,))) <= MOST_BYTES
    except Exception:  # it was read, which does not say that it can be written
        fits = False
    return whole if fits else dict(own)
