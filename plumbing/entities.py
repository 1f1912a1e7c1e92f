"""Checks of the entities of a text: where in it something is bold, a link or somebody's name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Literal, cast

import msgspec

from contracts.messaging import MAX_ENTITIES, EntityInvalid, EntityView
from plumbing import checks

MAX_OFFSET = 100_000
_link = re.compile(r"^(https?|mailto|tel):[^\s\x00-\x1f]{1,2040}\Z", re.IGNORECASE)


class Entity(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """An `EntityView` as it is checked."""

    type: Literal["bold", "italic", "code", "pre", "strike", "spoiler", "link", "mention"]
    offset: Annotated[int, msgspec.Meta(ge=0, le=MAX_OFFSET)]
    length: Annotated[int, msgspec.Meta(ge=1, le=MAX_OFFSET)]
    url: Annotated[str, msgspec.Meta(max_length=2_048)] | None = None
    user_id: Annotated[str, msgspec.Meta(pattern=checks.UUID_PATTERN)] | None = None
    language: Annotated[str, msgspec.Meta(max_length=40)] | None = None


def checked_entities(value: object, text: str) -> list[EntityView]:
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
        "pre": entity.language is None or checks.is_storable(entity.language),
    }
    return (
        entity.offset + entity.length <= size
        and extras.get(entity.type, True)
        and (entity.url is None or (entity.type == "link" and checks.is_storable(entity.url)))
        and (entity.user_id is None or entity.type == "mention")
        and (entity.language is None or entity.type == "pre")
    )


def mentioned(entities: Sequence[EntityView]) -> list[str]:
    """Return the people whom checked `entities` name, each once."""
    return list(dict.fromkeys(each["user_id"].lower() for each in entities if "user_id" in each))
