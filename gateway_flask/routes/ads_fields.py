"""The field types that requests about advertising are made of."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Literal

from msgspec import Meta

from contracts import ads as contract
from contracts.base import Invalid
from gateway_flask.fields import Request

Money = Annotated[int, Meta(ge=contract.MIN_BUDGET, le=contract.MAX_BUDGET, description="In whole minor units.")]
Bid = Annotated[
    int,
    Meta(ge=contract.MIN_BID_CPM, le=contract.MAX_BID_CPM, description="For a thousand views, in minor units."),
]
Currency = Annotated[str, Meta(pattern="^[A-Z]{3}$", max_length=3)]
Category = Literal[
    "arts", "business", "education", "events", "fashion", "finance", "food", "games", "health", "home",
    "jobs", "music", "news", "nonprofit", "politics", "science", "shopping", "sports", "technology", "travel",
]  # fmt: skip
Language = Annotated[str, Meta(pattern="^[a-z]{2}$", max_length=2, description="ISO 639-1.")]
Region = Annotated[str, Meta(pattern="^[A-Z]{2}$", max_length=2, description="ISO 3166-1 alpha-2.")]
Topic = Annotated[str, Meta(min_length=1, max_length=40)]
WebAddress = Annotated[str, Meta(pattern="^https://[^\\s]+$", max_length=2_000)]

#: How many days a report tells of unless it is asked for others.
_USUAL_DAYS = 30
MAX_DAYS = 366


class TargetingBody(Request):
    """Whom to reach. Each rule that is not empty must match by one of its values; none reach everybody."""

    languages: Annotated[list[Language], Meta(max_length=contract.MAX_TARGETS)] = []
    regions: Annotated[list[Region], Meta(max_length=contract.MAX_TARGETS)] = []
    channel_topics: Annotated[list[Topic], Meta(max_length=contract.MAX_TARGETS)] = []
    interests: Annotated[list[Topic], Meta(max_length=contract.MAX_TARGETS)] = []

    def view(self) -> contract.TargetingView:
        """Return it as svc_ads takes it."""
        return {
            "languages": self.languages,
            "regions": self.regions,
            "channel_topics": self.channel_topics,
            "interests": self.interests,
        }


class SpanQuery(Request):
    """Which UTC days, both included; the last 30 unless told."""

    since: date | None = None
    until: date | None = None

    def days(self) -> dict[str, str]:
        """Return the span as `since` and `until`.

        Raises:
            Invalid: It ends before it begins, or is longer than a year.
        """
        until = self.until or datetime.now(UTC).date()
        since = self.since or _before(until)
        if not 0 <= (until - since).days < MAX_DAYS:
            raise Invalid("A span has 1 to 366 days.", code="invalid_field", field="since")
        return {"since": since.isoformat(), "until": until.isoformat()}


def _before(until: date) -> date:
    """Return the first of the usual days that end with `until`; the calendar begins with the year 1."""
    return date.min if (until - date.min).days < _USUAL_DAYS else until - timedelta(days=_USUAL_DAYS - 1)
