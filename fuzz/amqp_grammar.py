"""A grammar of AMQP messages: whatever a broker hands over, in the bytes of the protocol and not of a library."""

from __future__ import annotations

from dataclasses import dataclass
from struct import pack
from typing import Any

import amqp
from hypothesis import strategies as st

JSON = b"application/json"
_NAMES = [
    b"nameko.token",
    b"nameko.deadline",
    b"nameko.traceparent",
    b"nameko.idempotency_key",
    b"nameko.call_id_stack",
    b"charla.links",
    b"nameko.charla.links",
    b"x-attempt",
    b"x-death",
    b"x-parked",
]


@dataclass(frozen=True)
class Sent:
    """A message with its properties as bytes; `None` means that it has none of that name."""

    key: bytes
    body: bytes
    content_type: bytes | None = JSON
    content_encoding: bytes | None = b"utf-8"
    headers: bytes | None = None
    delivery_mode: int | None = 2
    priority: int | None = None
    correlation_id: bytes | None = None
    reply_to: bytes | None = None
    message_id: bytes | None = None
    timestamp: int | None = None
    type: bytes | None = None
    app_id: bytes | None = None

    def outgoing(self) -> amqp.Message:
        """Return what py-amqp sends as it is."""
        return _Raw(self.body, self._properties())

    def _properties(self) -> bytes:
        flags, values = 0, b""
        for number, (name, kind) in enumerate(amqp.Message.PROPERTIES):
            value = getattr(self, name if name != "application_headers" else "headers", None)
            if value is not None:
                flags |= 1 << (15 - number)
                values += _WRITERS[kind](value)
        return pack(">H", flags) + values


class _Raw(amqp.Message):
    def __init__(self, body: bytes, properties: bytes) -> None:
        super().__init__(body)
        self._bytes = properties

    def _serialize_properties(self) -> bytes:
        return self._bytes


def _short(value: bytes) -> bytes:
    return pack("B", len(value)) + value


def _long(value: bytes) -> bytes:
    return pack(">I", len(value)) + value


_WRITERS: dict[str, Any] = {"s": _short, "F": _long, "o": lambda n: pack("B", n), "L": lambda n: pack(">Q", n)}


def _integers(letter: bytes, form: str, bits: int, *, signed: bool) -> st.SearchStrategy[bytes]:
    low, high = (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if signed else (0, (1 << bits) - 1)
    return st.integers(low, high).map(lambda number: letter + pack(form, number))


#: Texts that decoders of tables, words and JSON stumble over.
_texts = st.one_of(st.binary(max_size=30), st.sampled_from([b"", b"\xff\xfe", b"\xed\xa0\x80", b"\x00", b"nan", b"-1"]))
_plain_fields = st.one_of(
    _texts.map(lambda value: b"S" + _long(value)),
    _texts.map(lambda value: b"x" + _long(value)),
    st.integers(0, 255).map(lambda number: b"t" + pack("B", number)),
    _integers(b"b", ">b", 8, signed=True),
    _integers(b"B", ">B", 8, signed=False),
    _integers(b"s", ">h", 16, signed=True),
    _integers(b"u", ">H", 16, signed=False),
    _integers(b"I", ">i", 32, signed=True),
    _integers(b"i", ">I", 32, signed=False),
    _integers(b"l", ">q", 64, signed=True),
    _integers(b"T", ">Q", 64, signed=False),
    st.floats(width=32).map(lambda number: b"f" + pack(">f", number)),
    st.floats().map(lambda number: b"d" + pack(">d", number)),
    st.tuples(st.integers(0, 255), st.integers(-(1 << 31), (1 << 31) - 1)).map(lambda pair: b"D" + pack(">Bi", *pair)),
    st.just(b"V"),
)
_names = st.one_of(st.sampled_from(_NAMES), st.binary(min_size=1, max_size=20))


def _table(pairs: list[tuple[bytes, bytes]]) -> bytes:
    return b"".join(_short(name) + field for name, field in pairs)


def nested(depth: int) -> bytes:
    """Return a field that is a list in a list in a list, so deep."""
    field = b"V"
    for _ in range(depth):
        field = b"A" + _long(field)
    return field


_fields = st.recursive(
    _plain_fields,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(lambda items: b"A" + _long(b"".join(items))),
        st.lists(st.tuples(_names, inner), max_size=4).map(lambda pairs: b"F" + _long(_table(pairs))),
    ),
    max_leaves=8,
) | st.sampled_from([50, 300, 3_000]).map(nested)
#: The inside of a header table; names may come twice.
tables = st.lists(st.tuples(_names, _fields), max_size=5).map(_table)


def _text(value: str) -> str:
    escaped = "".join(f"\\u{ord(letter):04x}" if letter in '"\\' or letter < " " else letter for letter in value)
    return f'"{escaped}"'


_scalars = st.one_of(
    st.sampled_from(
        ["null", "true", "false", "0", "-0", "NaN", "Infinity", "1e400", "-1e-400", "1" * 400, "01", "'a'"]
    ),
    st.integers(-(1 << 70), 1 << 70).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12).map(_text),
    st.sampled_from(['"\\ud800"', '"\\u0000"', '"\x01"', '"', '"\\x"', ""]),
)


def an_object(pairs: list[tuple[str, str]]) -> str:
    """Return the JSON text of an object; the values are JSON texts themselves."""
    return "{" + ",".join(f"{_text(name)}:{value}" for name, value in pairs) + "}"


def values(names: list[str]) -> st.SearchStrategy[str]:
    """Return JSON texts, not all of which are JSON; objects have these names, others, and some twice."""
    named = st.sampled_from([*names, "self", "", "a b", "é"])
    return st.recursive(
        _scalars,
        lambda inner: st.one_of(
            st.lists(inner, max_size=3).map(lambda items: "[" + ",".join(items) + "]"),
            st.lists(st.tuples(named, inner), max_size=4).map(an_object),
        ),
        max_leaves=6,
    ) | st.sampled_from([100, 900, 30_000]).map(lambda depth: "[" * depth + "]" * depth)


def objects(names: list[str]) -> st.SearchStrategy[str]:
    """Return JSON objects of these names, as well as those without one, with others, and with one twice."""
    named = st.sampled_from([*names, *names, "self", "", "colour"])
    return st.lists(st.tuples(named, values(names)), max_size=4).map(an_object)


def cut(text: bytes) -> st.SearchStrategy[bytes]:
    """Return a text that ends too soon."""
    return st.integers(0, max(len(text) - 1, 0)).map(lambda length: text[:length])


def bodies(whole: st.SearchStrategy[str]) -> st.SearchStrategy[bytes]:
    """Return what may be in a message: mostly `whole` ones, some cut off, some that are no JSON at all."""
    right = whole.map(lambda text: text.encode("utf-8", "surrogatepass"))
    return st.one_of(
        right,
        right,
        right.flatmap(cut),
        values([]).map(lambda text: text.encode()),
        st.binary(max_size=40),
        right.map(lambda text: text.decode("utf-8", "replace").encode("utf-16")),
        st.sampled_from([b"\\ud800", b"+2AA-", b"\x80\x04K\x01."]),
    )


_content_types = st.sampled_from(
    [JSON, JSON, JSON, None, b"", b"text/plain", b"application/json; charset=utf-8", b"\xff", b"application/x-yaml"]
)
_encodings = st.sampled_from(
    [b"utf-8", b"utf-8", None, b"", b"binary", b"gzip", b"utf-16", b"utf-7", b"unicode_escape", b"klingon-8", b"\xff"]
)
_maybe_texts = st.none() | _texts


def messages(keys: st.SearchStrategy[bytes], whole: st.SearchStrategy[str], **more: Any) -> st.SearchStrategy[Sent]:
    """Return messages to those routing keys.

    Args:
        keys: Where they are sent to.
        whole: Bodies as they should be, or nearly.
        **more: How else they differ.
    """
    odd: dict[str, Any] = {
        "content_type": _content_types,
        "content_encoding": _encodings,
        "headers": st.none() | tables,
        "delivery_mode": st.sampled_from([None, 1, 2]),
        "priority": st.none() | st.integers(0, 255),
        "message_id": _maybe_texts,
        "timestamp": st.none() | st.integers(0, (1 << 64) - 1),
        "type": _maybe_texts,
        "app_id": _maybe_texts,
    }
    return st.builds(Sent, key=keys, body=bodies(whole), **(odd | more))
