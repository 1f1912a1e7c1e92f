"""Strict JSON: what a request may bring, checked once and refused with a stable code."""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn, Protocol, TypeVar
from urllib.parse import parse_qsl

import gevent
import msgspec

from contracts.base import Invalid
from gateway_flask.errors import BodyTooLarge, UnsupportedMediaType

Shape = TypeVar("Shape")
Environ = dict[str, Any]

MAX_BODY = 1_000_000
MAX_DEPTH = 32
MAX_QUERY_FIELDS = 30
_MAX_INT = 2**63 - 1
#: How much of a refused body is read and thrown away, so that the answer reaches its sender.
_MAX_DISCARD = 16_000_000
_DISCARD_S = 5.0

_BRACKETS = re.compile(rb'"(?:[^"\\]|\\.)*"?|[\[\]{}]', re.DOTALL)
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_FIELD = re.compile(r"at `\$\.?([^`]*)`")
_NAMED = re.compile(r"field `([^`]*)`")


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def read_json(environ: Environ, shape: type[Shape]) -> Shape:
    """Return the request's JSON body as a `shape`.

    Raises:
        BodyTooLarge, UnsupportedMediaType, Invalid: See docs/wire-api.md for the codes.
    """
    _check_content_type(environ.get("CONTENT_TYPE", ""))
    return fit(parse(read_raw(environ)), shape)


def read_raw(environ: Environ, most: int = MAX_BODY) -> bytes:
    """Return the request's body as it came, of at most `most` bytes.

    Raises:
        BodyTooLarge: There is more.
    """
    stream: _Readable = environ["wsgi.input"]
    length = environ.get("CONTENT_LENGTH")
    if length is not None and length.isdecimal() and int(length) > most:
        _discard(stream)
        raise BodyTooLarge
    raw = stream.read(most + 1)
    if len(raw) > most:
        _discard(stream)
        raise BodyTooLarge
    return raw


def _discard(stream: _Readable) -> None:
    left = _MAX_DISCARD
    with gevent.Timeout(_DISCARD_S, False):  # noqa: FBT003 - gevent's own signature: end in silence
        while left > 0 and (piece := stream.read(65_536)):
            left -= len(piece)


def _check_content_type(value: str) -> None:
    kind, _, parameters = value.partition(";")
    if kind.strip().lower() != "application/json":
        raise UnsupportedMediaType
    charset = parameters.strip().lower().replace('"', "")
    if charset and charset not in ("charset=utf-8", "charset=utf8"):
        raise UnsupportedMediaType


def parse(raw: bytes) -> Any:
    """Return the value of a strict JSON text.

    Raises:
        Invalid: With the code of what is wrong with it.
    """
    if not raw:
        _refuse("body_missing", "This request needs a JSON body.")
    if raw.count(b"{") + raw.count(b"[") > MAX_DEPTH:
        _check_depth(raw)
    try:
        value = _DECODER.decode(raw.decode("utf-8"))
    except UnicodeDecodeError:
        _refuse("not_utf8", "The body is not valid UTF-8.")
    except (ValueError, RecursionError):
        _refuse("invalid_json", "The body is not valid JSON.")
    if b"\\u0000" in raw or _SURROGATE.search(raw):
        _check_texts(value)
    return value


def _check_depth(raw: bytes) -> None:
    depth = 0
    for match in _BRACKETS.finditer(raw):
        sign = match.group()
        if sign in (b"{", b"["):
            depth += 1
            if depth > MAX_DEPTH:
                _refuse("too_deep", f"JSON is nested at most {MAX_DEPTH} levels deep.")
        elif sign in (b"}", b"]"):
            depth -= 1


def _check_texts(value: Any) -> None:
    if isinstance(value, str):
        check_text(value)
    elif isinstance(value, dict):
        for key, item in value.items():
            check_text(key)
            _check_texts(item)
    elif isinstance(value, list):
        for item in value:
            _check_texts(item)


def check_text(text: str) -> None:
    """Refuse the NUL character and lone surrogates, which no database text can hold."""
    if "\0" in text:
        _refuse("nul_character", "The NUL character is not allowed.")
    try:
        text.encode()
    except UnicodeEncodeError:
        _refuse("lone_surrogate", "A text holds half a surrogate pair.")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        _refuse("duplicate_key", "A key stands twice in one object.")
    return found


def _integer(text: str) -> int:
    if len(text) > 20 or abs(int(text)) > _MAX_INT:
        _refuse("number_out_of_range", "A number is too large.")
    return int(text)


def _float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        _refuse("number_out_of_range", "A number is too large.")
    return number


def _constant(text: str) -> NoReturn:
    _refuse("not_a_number", f"{text} is not JSON.")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_constant)


def fit(value: Any, shape: type[Shape], *, strict: bool = True) -> Shape:
    """Return plain values as a `shape`.

    Raises:
        Invalid: `unknown_field`, `missing_field` or `invalid_field`, with the fact `field`.
    """
    try:
        return msgspec.convert(value, shape, strict=strict)
    except msgspec.ValidationError as error:
        raise _misfit(str(error)) from None


def _misfit(said: str) -> Invalid:
    path = match.group(1) if (match := _FIELD.search(said)) else ""
    name = match.group(1) if (match := _NAMED.search(said)) else ""
    where = ".".join(part for part in (path, name) if part) or "$"
    if "unknown field" in said:
        return Invalid(f"There is no field {where!r} here.", code="unknown_field", field=where)
    if "missing required field" in said:
        return Invalid(f"The field {where!r} is missing.", code="missing_field", field=where)
    return Invalid(said, code="invalid_field", field=where)


def read_query(environ: Environ, shape: type[Shape]) -> Shape:
    """Return the query string as a `shape`; every field stands there at most once.

    Raises:
        Invalid: With the code of what is wrong with it.
    """
    text = environ.get("QUERY_STRING", "")
    if not text:
        return fit({}, shape, strict=False)
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_QUERY_FIELDS, errors="strict")
    except UnicodeDecodeError:
        _refuse("not_utf8", "The query is not valid UTF-8.")
    except ValueError:
        _refuse("invalid_query", "The query has too many fields.")
    for key, value in pairs:
        check_text(key)
        check_text(value)
    return fit(_object(list(pairs)), shape, strict=False)


def _refuse(code: str, detail: str) -> NoReturn:
    raise Invalid(detail, code=code)
