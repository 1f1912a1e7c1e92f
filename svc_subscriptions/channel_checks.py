"""Checks of what a channel's owner writes about it: every refusal is an `Invalid` with a stable code."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from contracts.base import Invalid
from contracts.subscriptions import HandleInvalid
from plumbing import checks

MAX_TITLE = 100
MAX_DESCRIPTION = 2_000
MAX_TOPICS = 10
MAX_TOPIC = 40
_handle = re.compile(r"^[A-Za-z][A-Za-z0-9_]{2,31}\Z")
_language = re.compile(r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}\Z")


def a_title(value: object) -> str:
    """Return a title of 1 to `MAX_TITLE` characters that are not all blank."""
    title = checks.a_text(value, "title", MAX_TITLE).strip()
    return checks.a_text(title, "title", MAX_TITLE, least=1)


def a_description(value: object) -> str:
    """Return a description, which may be empty."""
    return checks.a_text(value, "description", MAX_DESCRIPTION)


def a_handle(value: object) -> str:
    """Return a handle as it is written.

    Raises:
        HandleInvalid: It has another form.
    """
    if not isinstance(value, str) or not _handle.match(value):
        raise HandleInvalid
    return value


def an_optional_handle(value: object) -> str | None:
    """Return a handle, or None."""
    return None if value is None else a_handle(value)


def topics(value: object) -> list[str]:
    """Return at most `MAX_TOPICS` topics in lower case, each once."""
    found = [a_topic(item) for item in checks.a_list(value, "topics", MAX_TOPICS)]
    return list(dict.fromkeys(found))


def a_topic(value: object) -> str:
    """Return one topic in lower case."""
    return checks.a_text(checks.a_text(value, "topics", MAX_TOPIC).strip().lower(), "topics", MAX_TOPIC, least=1)


def a_language(value: object) -> str:
    """Return the tag of a language, e.g. `es` or `pt-BR`."""
    text = checks.a_text(value, "language", 20)
    if not _language.match(text):
        raise Invalid("That is not a language's tag.", code="invalid_language", field="language")
    return text


def a_visibility(value: object) -> str:
    """Return `public` or `private`."""
    return checks.one_of(value, "visibility", ("public", "private"))


def a_picture(value: object) -> str | None:
    """Return the id of a picture, or None."""
    return checks.an_optional_id(value, "picture")


_CHECKS: dict[str, Callable[[object], Any]] = {
    "title": a_title,
    "description": a_description,
    "handle": an_optional_handle,
    "topics": topics,
    "language": a_language,
    "visibility": a_visibility,
    "picture": a_picture,
}


def channel_facts(value: object) -> dict[str, Any]:
    """Return the checked fields of a channel that are in `value`; there is at least one."""
    given = checks.only_fields(value, _CHECKS)
    return {name: _CHECKS[name](given[name]) for name in given}
