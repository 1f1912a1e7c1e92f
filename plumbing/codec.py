"""JSON in one place: contracts to bytes and back."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

Shape = TypeVar("Shape")

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder()

encode = _encoder.encode


def decode(raw: bytes | str) -> Any:
    """Return the plain value in the JSON text `raw`.

    Raises:
        ValueError: It is not JSON.
    """
    try:
        return _decoder.decode(raw)
    except RecursionError as error:
        raise ValueError("nested too deep") from error


def decode_as(raw: bytes | str, shape: type[Shape]) -> Shape:
    """Return the JSON text `raw` as a `shape` (dataclass, TypedDict or Struct).

    Raises:
        ValueError: It is not JSON, or does not fit.
    """
    try:
        return msgspec.json.decode(raw, type=shape)
    except RecursionError as error:
        raise ValueError("nested too deep") from error


def convert(value: Any, shape: type[Shape]) -> Shape:
    """Return plain values as a `shape`.

    Raises:
        ValueError: They do not fit.
    """
    return msgspec.convert(value, shape)


def to_plain(value: Any) -> Any:
    """Return a contract object as dicts, lists, strings and numbers."""
    return msgspec.to_builtins(value)
