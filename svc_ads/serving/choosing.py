"""What one decision looks at: campaigns by bid, until it is sure who wins and at what price. Memory alone, no I/O."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from svc_ads.serving import auction, pacing
from svc_ads.serving.auction import Candidate, Inputs
from svc_ads.serving.counters import Seen
from svc_ads.serving.index import Index
from svc_ads.serving.knowledge import Knowledge, Person, Place
from svc_ads.serving.matching import Facts, matched
from svc_ads.serving.pacing import Pace
from svc_ads.serving.wallet import Wallet
from svc_ads.terms import Terms

#: The most candidates of one decision.
MOST = 200


@dataclass(frozen=True)
class Asked:
    """Who would see an ad, and where."""

    decision_id: str
    person: Person
    place: Place
    at_seq: int
    facts: Facts
    seen: Seen


@dataclass(frozen=True)
class Look:
    """What a decision has to look at; campaigns in `without_lease` take part only once they have one."""

    inputs: Inputs
    without_lease: tuple[str, ...]


class Chooser:
    """Looks for candidates in a server's memory."""

    def __init__(self, index: Index, wallet: Wallet, paces: dict[str, Pace]) -> None:
        self._index, self._wallet, self._paces = index, wallet, paces

    def look(self, asked: Asked, known: Knowledge, at: datetime, now: float) -> Look:
        """Return a decision's inputs.

        Args:
            asked: Who and where.
            known: What is known of them.
            at: The time of the decision.
            now: The wallet's clock.
        """
        found: list[Candidate] = []
        without: list[str] = []
        running = 0
        for level in self._index.levels(asked.facts, asked.decision_id):
            for terms in self._fitting(level, asked.facts, at):
                each = self._candidate(terms, asked, known, at, now)
                found.append(each)
                fate = auction.passed_over(each, asked.decision_id)
                running += fate is None
                if fate == "no_budget" and self._wallet.may_ask(each.campaign_id, now):
                    without.append(each.campaign_id)
            if running + len(without) > 1 or len(found) >= MOST:
                break
        inputs = Inputs(asked.decision_id, asked.at_seq, asked.facts, tuple(found))
        return Look(inputs, tuple(without))

    def _fitting(self, level: list[Terms], facts: Facts, at: datetime) -> Iterator[Terms]:
        for terms in level:
            if terms.creatives and terms.starts_at <= at < terms.ends_at and matched(terms, facts) is not None:
                yield terms

    def _candidate(self, terms: Terms, asked: Asked, known: Knowledge, at: datetime, now: float) -> Candidate:
        me, place = asked.person.user_id, asked.place
        return Candidate(
            campaign_id=terms.campaign_id,
            version=terms.version,
            bid=terms.bid_micros,
            cap=terms.frequency_cap,
            creatives=tuple(each.creative_id for each in terms.creatives),
            left=self._wallet.left(terms.campaign_id, now),
            seen=asked.seen.today.get(terms.campaign_id, 0),
            throttle=pacing.throttle_of(terms, self._paces.get(terms.campaign_id), at),
            own=terms.advertiser_id in (me, place.owner_id),
            hidden=known.hides(me, terms.campaign_id),
            blocked=(terms.category in place.blocked_categories or terms.advertiser_id in place.blocked_advertisers),
            unapproved=not known.approves(place, terms.campaign_id),
        )
