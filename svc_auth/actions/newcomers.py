"""What an account begins with that a provider's word makes: each fact is taken only where it is well formed."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from contracts.base import Invalid
from svc_auth import checks
from svc_auth.actions import names

Fact = TypeVar("Fact")

#: Leaves room for digits behind a name that somebody has.
_STEM = 26
_MIN_STEM = 3
_TRIES = 5
_not_of_a_name = re.compile(r"[^a-z0-9]+")


def usernames(facts: dict[str, Any]) -> Iterator[str]:
    """Yield usernames to try, those that the person has elsewhere first.

    No e-mail address lends its name: usernames are public.
    """
    stems = list(dict.fromkeys(stem for stem in map(_stem, _known_names(facts)) if len(stem) >= _MIN_STEM))
    yield from stems
    for digits in (4, 6):
        for stem in (*stems[:1], "user"):
            yield from (f"{stem}{secrets.randbelow(10**digits):0{digits}}" for _ in range(_TRIES))


def _known_names(facts: dict[str, Any]) -> Iterator[str]:
    for field in ("preferred_username", "nickname", "name", "given_name"):
        value = facts.get(field)
        if isinstance(value, str) and "@" not in value:
            yield value[:200]


def _stem(name: str) -> str:
    plain = _not_of_a_name.sub(".", names.fold(name))
    return plain.lstrip(".0123456789")[:_STEM].rstrip(".")


def profile(facts: dict[str, Any], username: str) -> dict[str, Any]:
    """Return display_name, email, locale and time_zone of a new account.

    An address that the provider did not verify is left out; one that it did is still a claim here,
    until its owner follows the mailed link.
    """
    email = facts.get("email") if facts.get("email_verified") is True else None
    return {
        "display_name": _checked(checks.display_name, facts.get("name"), username),
        "email": _checked(checks.email, email, None),
        "locale": _checked(checks.locale, facts.get("locale"), "en"),
        "time_zone": _checked(checks.time_zone, facts.get("zoneinfo"), "UTC"),
    }


def label(facts: dict[str, Any]) -> str:
    """Return what tells its owner which identity this is: as a rule an address or a name."""
    for field in ("email", "preferred_username", "name"):
        found = _checked(lambda value: checks.text(value, "label", 1, 254), facts.get(field), "")
        if found:
            return found
    return ""


def _checked(check: Callable[[object], Fact], value: object, otherwise: Fact) -> Fact:
    try:
        return check(value)
    except Invalid:
        return otherwise
