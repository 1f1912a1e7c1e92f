"""Formatted text in requests, for messages and drafts."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from contracts import messaging as contract
from contracts.base import Invalid
from gateway_flask.body import check_text
from gateway_flask.fields import Id, Request

_MAX_EMOJI = 32

Text = Annotated[str, Meta(max_length=contract.MAX_TEXT)]


class EntityBody(Request, omit_defaults=True):
    """A formatted stretch of the text, in Unicode code points."""

    type: Literal["bold", "italic", "code", "pre", "strike", "spoiler", "link", "mention"]
    offset: Annotated[int, Meta(ge=0, le=contract.MAX_TEXT)]
    length: Annotated[int, Meta(ge=1, le=contract.MAX_TEXT)]
    url: Annotated[str, Meta(max_length=2_000)] | None = None
    user_id: Id | None = None
    language: Annotated[str, Meta(max_length=40)] | None = None


Entities = Annotated[list[EntityBody], Meta(max_length=contract.MAX_ENTITIES)]


def entity_views(entities: list[EntityBody]) -> list[contract.EntityView]:
    """Return entities as the contract has them, without the fields that are not set."""
    views: list[contract.EntityView] = msgspec.to_builtins(entities)
    return views


def an_emoji(text: str) -> str:
    """Return an emoji of a path, which the service then looks at closely.

    Raises:
        Invalid: It is too long to be one, or no text.
    """
    check_text(text)
    if len(text) > _MAX_EMOJI:
        raise Invalid("That is no emoji.", code="invalid_field", field="emoji")
    return text
