"""What is known of the people and the channels of a batch: one round trip, never from a cache.

So a consent that was taken back, an advertiser that was blocked and a channel that is public no longer count
with the next decision.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from sqlalchemy.orm import Session

from contracts.ads import Consent
from plumbing import codec
from plumbing.prepared import Prepared
from svc_ads.serving.matching import Facts

_SQL = Prepared(
    """
SELECT
  (SELECT json_agg(json_build_array(user_id, consent, region, interests, followed_topics, removed_topics,
      ad_free AND (ad_free_until IS NULL OR ad_free_until > clock_timestamp())))
    FROM preferences WHERE user_id = ANY(:people::uuid[]))::text AS people,
  (SELECT json_agg(json_build_array(user_id, campaign_id))
    FROM hidden_campaigns WHERE user_id = ANY(:people::uuid[]))::text AS hidden,
  (SELECT json_agg(json_build_array(channel_id, owner_id, topics, approve_first, blocked_categories,
      blocked_advertisers))
    FROM channels WHERE channel_id = ANY(:channels::uuid[]) AND listed AND enabled)::text AS channels,
  (SELECT json_agg(json_build_array(channel_id, campaign_id)) FROM approvals
    WHERE channel_id = ANY(:channels::uuid[]) AND status = 'approved')::text AS approved
""",
    people="text[]",
    channels="text[]",
)


class Person(msgspec.Struct, array_like=True, frozen=True):
    """What somebody decided about ads."""

    user_id: str
    consent: Consent = "unasked"
    region: str | None = None
    interests: tuple[str, ...] = ()
    followed_topics: tuple[str, ...] = ()
    removed_topics: tuple[str, ...] = ()
    ad_free: bool = False


class Place(msgspec.Struct, array_like=True, frozen=True):
    """A public channel whose owner wants ads."""

    channel_id: str
    owner_id: str
    topics: tuple[str, ...]
    approve_first: bool
    blocked_categories: frozenset[str]
    blocked_advertisers: frozenset[str]


_Pairs = list[tuple[str, str]]


class Knowledge:
    """What is known for one batch."""

    def __init__(self, people: Iterable[Person], places: Iterable[Place], hidden: _Pairs, approved: _Pairs) -> None:
        self._people = {each.user_id: each for each in people}
        self._places = {each.channel_id: each for each in places}
        self._hidden, self._approved = frozenset(hidden), frozenset(approved)

    def person(self, user_id: str) -> Person:
        """Return what somebody decided; of most people there is nothing."""
        return self._people.get(user_id) or Person(user_id)

    def place(self, channel_id: str) -> Place | None:
        """Return a channel that may carry ads."""
        return self._places.get(channel_id)

    def hides(self, user_id: str, campaign_id: str) -> bool:
        """Tell whether somebody does not want to see a campaign."""
        return (user_id, campaign_id) in self._hidden

    def approves(self, place: Place, campaign_id: str) -> bool:
        """Tell whether a campaign needs no approval of the channel's owner, or has it."""
        return not place.approve_first or (place.channel_id, campaign_id) in self._approved


def look_up(session: Session, people: Iterable[str], channels: Iterable[str]) -> Knowledge:
    """Return what is known of people and channels."""
    row = _SQL.run(session, people=list(set(people)), channels=list(set(channels))).one()
    return Knowledge(
        codec.decode_as(row.people or "[]", list[Person]),
        codec.decode_as(row.channels or "[]", list[Place]),
        codec.decode_as(row.hidden or "[]", list[tuple[str, str]]),
        codec.decode_as(row.approved or "[]", list[tuple[str, str]]),
    )


def facts_of(person: Person, place: Place, language: str) -> Facts:
    """Return what a decision may know: without the consent `personal` nothing that the person gave."""
    if person.consent != "personal":
        return Facts(person.consent, language, place.topics)
    followed = [topic for topic in person.followed_topics if topic not in person.removed_topics]
    interests = tuple(dict.fromkeys((*person.interests, *followed)))
    return Facts(person.consent, language, place.topics, person.region, interests)
