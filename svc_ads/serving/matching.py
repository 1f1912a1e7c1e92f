"""Whether a campaign's targeting rules hold, and by which values: a pure function of terms and facts."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from contracts.ads import Consent, RuleMatch, RuleName
from svc_ads.terms import Terms


class Facts(msgspec.Struct, frozen=True, omit_defaults=True):
    """All that a decision may know of a person and a channel.

    Attributes:
        language: Of the person's interface, ISO 639-1.
        topics: Of the channel.
        region: The one that the person gave; None without the consent `personal`.
        interests: The person's own, and topics of public channels that they follow; none without that consent.
    """

    consent: Consent
    language: str
    topics: tuple[str, ...] = ()
    region: str | None = None
    interests: tuple[str, ...] = ()

    def used(self) -> list[str]:
        """Return the facts that were at hand, as `language:es`."""
        region = [f"region:{self.region}"] if self.region else []
        topics = [f"channel_topic:{each}" for each in self.topics]
        return [f"language:{self.language}", *region, *topics, *(f"interest:{each}" for each in self.interests)]


def matched(terms: Terms, facts: Facts) -> list[RuleMatch] | None:
    """Return each rule of the campaign with the value by which it holds; None where one does not hold."""
    found: list[RuleMatch] = []
    for rule, wanted, given in _rules(terms, facts):
        if wanted:
            value = next((each for each in given if each in wanted), None)
            if value is None:
                return None
            found.append({"rule": rule, "value": value})
    return found


def _rules(terms: Terms, facts: Facts) -> Iterable[tuple[RuleName, tuple[str, ...], tuple[str, ...]]]:
    yield "language", terms.languages, (facts.language,)
    yield "region", terms.regions, (facts.region,) if facts.region else ()
    yield "channel_topic", terms.channel_topics, facts.topics
    yield "interest", terms.interests, facts.interests
