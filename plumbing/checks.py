"""Checks of arguments at the door: every refusal is an `Invalid` with a stable code.

The fact `field` of a refusal names the argument.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, cast

import msgspec

from contracts.base import Invalid
from contracts.messaging import MAX_ENTITIES, MAX_TEXT, EntityInvalid, EntityView
from plumbing import codec

UUID_PATTERN = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z"
CLIENT_ID_PATTERN = r"^[^\x00-\x1f\x7f]{1,100}\Z"
MAX_NUMBER = 2**53
_uuid = re.compile(UUID_PATTERN)
_client_id = re.compile(CLIENT_ID_PATTERN)
_link = re.compile(r"^(https?|mailto|tel):[^\s\x00-\x1f]{1,2040}\Z", re.IGNORECASE)


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


def a_client_id(value: object) -> str:
    """Return a `client_msg_id`: 1 to 100 characters without controls."""
    if not isinstance(value, str) or not _client_id.match(value) or not is_storable(value):
        raise Invalid("That is not a client_msg_id.", code="invalid_client_msg_id", field="client_msg_id")
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


class Entity(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """An `EntityView` as it is checked."""

    type: Literal["bold", "italic", "code", "pre", "strike", "spoiler", "link", "mention"]
    offset: Annotated[int, msgspec.Meta(ge=0, le=MAX_TEXT)]
    length: Annotated[int, msgspec.Meta(ge=1, le=MAX_TEXT)]
    url: Annotated[str, msgspec.Meta(max_length=2_048)] | None = None
    user_id: Annotated[str, msgspec.Meta(pattern=UUID_PATTERN)] | None = None
    language: Annotated[str, msgspec.Meta(max_length=40)] | None = None


def entities(value: object, text: str) -> list[EntityView]:
    """Return the checked entities of `text`.

    Raises:
        EntityInvalid: One has a wrong shape or lies outside the text.
    """
    if not value:
        return []
    try:
        found = msgspec.convert(value, list[Entity])
    except msgspec.ValidationError as error:
        raise EntityInvalid(f"An entity does not fit: {error}") from None
    return fitting_entities(found, text)


def fitting_entities(found: Sequence[Entity], text: str) -> list[EntityView]:
    """Return `found` as plain values after checking that each one fits `text` and its type."""
    if len(found) > MAX_ENTITIES:
        raise EntityInvalid(f"A text has at most {MAX_ENTITIES} entities.")
    if not all(_fits(entity, len(text)) for entity in found):
        raise EntityInvalid
    return cast(list[EntityView], msgspec.to_builtins(found))


def _fits(entity: Entity, size: int) -> bool:
    extras = {
        "link": entity.url is not None and bool(_link.match(entity.url)),
        "mention": entity.user_id is not None,
        "pre": entity.language is None or is_storable(entity.language),
    }
    return (
        entity.offset + entity.length <= size
        and extras.get(entity.type, True)
        and (entity.url is None or (entity.type == "link" and is_storable(entity.url)))
        and (entity.user_id is None or entity.type == "mention")
        and (entity.language is None or entity.type == "pre")
    )


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
