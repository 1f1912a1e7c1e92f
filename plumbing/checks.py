"""Checks of arguments at the door: every refusal is an `Invalid` with a stable code.

The fact `field` of a refusal names the argument.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any, cast

from contracts.base import Invalid
from plumbing import codec

UUID_PATTERN = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z"
CLIENT_ID_PATTERN = r"^[^\x00-\x1f\x7f]{1,100}\Z"
MAX_NUMBER = 2**53
MAX_TEXT = 8_000
_uuid = re.compile(UUID_PATTERN)
_client_id = re.compile(CLIENT_ID_PATTERN)


def an_id(value: object, field: str) -> str:
    """Return `value` as a lower-case UUID string."""
    if not isinstance(value, str) or not _uuid.match(value):
        raise Invalid("That is not an id.", code="invalid_id", field=field)
    return value.lower()


def an_optional_id(value: object, field: str) -> str | None:
    """Return `value` as an id, or None."""
    return None if value is None else an_id(value, field)


def ids(value: object, field: str, most: int) -> list[str]:
    """Return a list of at most `most` ids, each once, in their order."""
    if not isinstance(value, list) or len(value) > most:
        raise Invalid(f"That is not a list of at most {most} ids.", code="invalid_list", field=field)
    return list(dict.fromkeys(an_id(item, field) for item in value))


def a_number(value: object, field: str, low: int = 0, high: int = MAX_NUMBER) -> int:
    """Return `value` as a whole number from `low` to `high`."""
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise Invalid(f"That is not a whole number from {low} to {high}.", code="invalid_number", field=field)
    return value


def an_optional_number(value: object, field: str, low: int = 0, high: int = MAX_NUMBER) -> int | None:
    """Return `value` as a whole number, or None."""
    return None if value is None else a_number(value, field, low, high)


def a_list(value: object, field: str, most: int) -> list[Any]:
    """Return a list of at most `most` things of any kind."""
    if not isinstance(value, list) or len(value) > most:
        raise Invalid(f"That is not a list of at most {most}.", code="invalid_list", field=field)
    return value


def versions(value: object, field: str, most: int) -> dict[str, int]:
    """Return a mapping of at most `most` ids to whole numbers."""
    if not isinstance(value, dict) or len(value) > most:
        raise Invalid(f"That does not map at most {most} ids.", code="invalid_list", field=field)
    return {an_id(key, field): a_number(number, field) for key, number in value.items()}


def a_limit(value: object, most: int = 200) -> int:
    """Return the size of a page, 1 to `most`."""
    return a_number(value, "limit", 1, most)


def a_flag(value: object, field: str) -> bool:
    """Return `value` as a truth value."""
    if not isinstance(value, bool):
        raise Invalid("That is neither true nor false.", code="invalid_flag", field=field)
    return value


def a_text(value: object, field: str, most: int = MAX_TEXT, least: int = 0) -> str:
    """Return `value` as a text of `least` to `most` code points without NUL and lone surrogates."""
    if not isinstance(value, str) or not is_storable(value):
        raise Invalid("That is not a text.", code="invalid_text", field=field)
    if len(value) > most:
        raise Invalid(f"That has more than {most} characters.", code="text_too_long", field=field, limit=most)
    if len(value) < least:
        raise Invalid(f"That has fewer than {least} characters.", code="text_too_short", field=field)
    return value


def is_storable(value: str) -> bool:
    """Tell whether PostgreSQL can keep `value`: no NUL, no lone surrogate."""
    if "\x00" in value:
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def a_client_id(value: object, field: str = "client_msg_id") -> str:
    """Return an id that a client made, e.g. a `client_msg_id`: 1 to 100 characters without controls."""
    if not isinstance(value, str) or not _client_id.match(value) or not is_storable(value):
        raise Invalid(f"That is not a {field}.", code=f"invalid_{field}", field=field)
    return value


def one_of(value: object, field: str, allowed: Collection[str]) -> str:
    """Return `value`, which is one of `allowed`."""
    if not isinstance(value, str) or value not in allowed:
        raise Invalid(f"That is none of: {', '.join(sorted(allowed))}.", code="invalid_choice", field=field)
    return value


def a_moment(value: object, field: str) -> datetime:
    """Return an RFC 3339 time with an offset as an aware datetime in UTC."""
    try:
        moment = datetime.fromisoformat(cast(str, value))
        if moment.tzinfo is not None and len(cast(str, value)) >= 20:
            return moment.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        pass
    raise Invalid("That is not a time with an offset.", code="invalid_time", field=field)


def only_fields(value: object, allowed: Collection[str], field: str = "changes") -> Mapping[str, Any]:
    """Return a mapping with some of the fields `allowed`, at least one, and no other."""
    if not isinstance(value, Mapping) or not value:
        raise Invalid("There is nothing to change.", code="nothing_to_change", field=field)
    for name in value:
        if name not in allowed:
            raise Invalid("There is no such field.", code="unknown_field", field=str(name)[:50])
    return value


def to_cursor(*parts: str | int) -> str:
    """Return an opaque cursor that holds `parts`."""
    return base64.urlsafe_b64encode(codec.encode(parts)).decode().rstrip("=")


def from_cursor(value: object, *kinds: type) -> list[Any] | None:
    """Return the parts of a cursor made by `to_cursor`, of the types `kinds`; None stays None."""
    if value is None:
        return None
    try:
        text = cast(str, value)
        parts = codec.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if len(parts) == len(kinds) and all(isinstance(part, kind) for part, kind in zip(parts, kinds, strict=True)):
            return list(parts)
    except (TypeError, ValueError):
        pass
    raise Invalid("That is not a cursor of this list.", code="invalid_cursor", field="after")
