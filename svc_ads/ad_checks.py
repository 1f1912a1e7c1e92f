"""Checks of what people say about advertising: every refusal is an `Invalid` with a stable code."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from contracts.ads import (
    CATEGORIES,
    MAX_BID_CPM,
    MAX_BODY,
    MAX_BUDGET,
    MAX_FREQUENCY,
    MAX_TARGETS,
    MAX_TITLE,
    MIN_BID_CPM,
    MIN_BUDGET,
    TargetingInvalid,
)
from contracts.base import Invalid
from contracts.payments import CurrencyUnknown
from plumbing import checks
from svc_ads.codes import LANGUAGES, REGIONS
from svc_ads.options import options

MAX_URL = 2_000
MAX_TOPIC = 40
MAX_NOTE = 1_000
MAX_DAYS = 366
#: How far ahead a campaign may begin or end.
MAX_AHEAD = timedelta(days=731)
PACINGS = ("even", "fast")
RULES = ("languages", "regions", "channel_topics", "interests")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def a_title(value: object, field: str = "title") -> str:
    """Return 1 to `MAX_TITLE` characters on one line, not all blank."""
    title = checks.a_text(value, field, MAX_TITLE).strip()
    if any(each < " " or each == "\x7f" for each in title):
        raise Invalid("That is not a text on one line.", code="invalid_text", field=field)
    return checks.a_text(title, field, MAX_TITLE, 1)


def a_body(value: object) -> str:
    """Return the words below a title."""
    return checks.a_text(value, "body", MAX_BODY).strip()


def a_note(value: object) -> str:
    """Return a short text from one person to another, or to a moderator."""
    return checks.a_text(value, "note", MAX_NOTE)


def a_url(value: object, field: str = "url") -> str:
    """Return an https address without a user's name in it."""
    text = checks.a_text(value, field, MAX_URL)
    if not _is_https(text):
        raise Invalid("That is not an https address.", code="invalid_url", field=field)
    return text


def _is_https(text: str) -> bool:
    try:
        parts = urlsplit(text)
        fine = parts.port is None or parts.port > 0
    except ValueError:
        return False
    plain = all(each >= "!" and each != "\x7f" and not each.isspace() for each in text) and "\\" not in text
    host = parts.hostname or ""
    return fine and plain and parts.scheme == "https" and "." in host.strip(".") and "@" not in parts.netloc


def an_optional_url(value: object, field: str) -> str | None:
    """Return an https address, or None."""
    return None if value is None else a_url(value, field)


def a_currency(value: object) -> str:
    """Return the currency in which this installation sells advertising.

    Raises:
        CurrencyUnknown: It is another one.
    """
    if value != options().ads_currency:
        raise CurrencyUnknown(
            "Advertising is sold in another currency here.", field="currency", known=[options().ads_currency]
        )
    return options().ads_currency


def targeting(value: object) -> dict[str, list[str]]:
    """Return the checked rules, all of them; one that was not given holds for everybody.

    Raises:
        TargetingInvalid: A rule has a value that does not exist.
    """
    if value is None:
        return {rule: [] for rule in RULES}
    if not isinstance(value, dict):
        raise Invalid("That is no targeting.", code="invalid_targeting", field="targeting")
    for name in value:
        if name not in RULES:
            raise Invalid("There is no such rule.", code="unknown_field", field=str(name)[:50])
    return {
        "languages": _known(value.get("languages"), "languages", LANGUAGES),
        "regions": _known(value.get("regions"), "regions", REGIONS),
        "channel_topics": topics(value.get("channel_topics"), "channel_topics", MAX_TARGETS),
        "interests": topics(value.get("interests"), "interests", MAX_TARGETS),
    }


def _known(value: object, rule: str, known: Collection[str]) -> list[str]:
    found = checks.a_list([] if value is None else value, rule, MAX_TARGETS)
    for each in found:
        if not isinstance(each, str) or each not in known:
            raise TargetingInvalid(rule=rule, value=str(each)[:50])
    return list(dict.fromkeys(found))


def topics(value: object, field: str, most: int) -> list[str]:
    """Return at most `most` topics as svc_subscriptions writes them: trimmed, in lower case, each once."""
    found = checks.a_list([] if value is None else value, field, most)
    return list(dict.fromkeys(_a_topic(each, field) for each in found))


def _a_topic(value: object, field: str) -> str:
    return checks.a_text(checks.a_text(value, field, MAX_TOPIC).strip().lower(), field, MAX_TOPIC, least=1)


def categories(value: object, field: str) -> list[str]:
    """Return some of the categories, each once."""
    found = checks.a_list(value, field, len(CATEGORIES))
    return list(dict.fromkeys(checks.one_of(each, field, CATEGORIES) for each in found))


def a_region(value: object) -> str | None:
    """Return the code of a country; None for an empty one, which takes it back."""
    if value == "":
        return None
    if not isinstance(value, str) or value not in REGIONS:
        raise Invalid("That is not a country's code.", code="invalid_region", field="region")
    return value


def a_day(value: object, field: str) -> date:
    """Return a day written as `2026-01-31`."""
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise Invalid("That is not a day.", code="invalid_day", field=field)


def a_span(since: object, until: object) -> tuple[date, date]:
    """Return the first and the last day of a span of at most `MAX_DAYS` days."""
    first, last = a_day(since, "since"), a_day(until, "until")
    if not 0 <= (last - first).days < MAX_DAYS:
        raise Invalid(f"A span has 1 to {MAX_DAYS} days.", code="invalid_span", field="since")
    return first, last


def demand_order(starts_at: datetime, ends_at: datetime, now: datetime) -> None:
    """Demand dates that can be: the end lies after the beginning and ahead, and neither too far.

    Raises:
        Invalid: They cannot.
    """
    if ends_at <= max(starts_at, now) or max(starts_at, ends_at) > now + MAX_AHEAD:
        raise Invalid(
            "A campaign ends after it begins, ahead, within two years.", code="dates_invalid", field="ends_at"
        )


#: What a campaign consists of, and how each is checked.
CAMPAIGN: dict[str, Callable[[Any], Any]] = {
    "title": a_title,
    "category": lambda value: checks.one_of(value, "category", CATEGORIES),
    "currency": a_currency,
    "budget": lambda value: checks.a_number(value, "budget", MIN_BUDGET, MAX_BUDGET),
    "bid_cpm": lambda value: checks.a_number(value, "bid_cpm", MIN_BID_CPM, MAX_BID_CPM),
    "pacing": lambda value: checks.one_of(value, "pacing", PACINGS),
    "frequency_cap": lambda value: checks.a_number(value, "frequency_cap", 1, MAX_FREQUENCY),
    "starts_at": lambda value: checks.a_moment(value, "starts_at"),
    "ends_at": lambda value: checks.a_moment(value, "ends_at"),
    "targeting": targeting,
    "announce": lambda value: checks.a_flag(value, "announce"),
}
CREATIVE: dict[str, Callable[[Any], Any]] = {
    "kind": lambda value: checks.one_of(value, "kind", ("text", "picture", "video")),
    "title": a_title,
    "body": a_body,
    "url": a_url,
    "media_id": lambda value: checks.an_optional_id(value, "media_id"),
}


def campaign_facts(given: Any, allowed: Collection[str] = tuple(CAMPAIGN)) -> dict[str, Any]:
    """Return the checked columns of a campaign that `given` has; there is at least one."""
    wanted = checks.only_fields(given, allowed)
    facts = {name: CAMPAIGN[name](value) for name, value in wanted.items()}
    return facts | facts.pop("targeting", {})


def creative_facts(given: Any) -> dict[str, Any]:
    """Return the checked fields of a creative that `given` has; there is at least one."""
    wanted = checks.only_fields(given, CREATIVE)
    return {name: CREATIVE[name](value) for name, value in wanted.items()}


def now_utc() -> datetime:
    """Return the present time."""
    return datetime.now(UTC)
