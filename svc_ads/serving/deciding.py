"""Deciding in batches: what waits is looked up, decided and logged together, and only then answered.

One round trip to Redis claims everybody's turn, one to PostgreSQL says who and where they are; the auctions run in
memory; one statement logs them all; one more round trip to Redis counts what is shown. A decision that cannot be
logged is not given out, and what it reserved is free again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from redis import RedisError
from sqlalchemy.exc import OperationalError

from contracts.ads import AdView
from contracts.base import new_id
from contracts.clock import rfc3339
from plumbing.database import Transactions
from plumbing.logs import first_line, get_logger
from svc_ads import metrics, tickets
from svc_ads.serving import auction, knowledge, leases, log
from svc_ads.serving.choosing import Asked, Chooser
from svc_ads.serving.counters import Counters, Seen
from svc_ads.serving.index import Index
from svc_ads.serving.knowledge import Knowledge
from svc_ads.serving.log import Decided
from svc_ads.serving.matching import matched
from svc_ads.serving.wallet import Wallet

logger = get_logger(__name__)


@dataclass(frozen=True)
class Request:
    """Somebody who opens a channel."""

    person_id: str
    channel_id: str
    at_seq: int
    language: str


class Decider:
    """Makes decisions for batches of requests.

    Args:
        db: The service's database.
        counters: Who saw what.
        index: The campaigns.
        wallet: What may be spent.
        chooser: Looks for candidates in these two.
        server: The name of this server in its leases.
        every: How many posts of a channel come between two ads.
    """

    def __init__(
        self,
        db: Transactions,
        counters: Counters,
        index: Index,
        wallet: Wallet,
        chooser: Chooser,
        server: str,
        every: int,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._db, self._counters, self._index, self._wallet = db, counters, index, wallet
        self._chooser, self._server, self._every, self._clock = chooser, server, every, clock

    def decide(self, requests: Sequence[Request]) -> list[AdView | None]:
        """Return an ad, or none, for each request."""
        metrics.BATCH_SIZE.observe(len(requests))
        at = self._clock()
        with self._db.reading() as session:
            known = knowledge.look_up(
                session, (each.person_id for each in requests), (each.channel_id for each in requests)
            )
        may = [each for each in requests if _may_have_one(each, known)]
        try:
            claimed = self._claim(may, at)
        except (RedisError, OSError) as error:
            metrics.DECISIONS.labels("redis_away").inc(len(may))
            logger.warning("counters_away", error=str(error))
            return [None] * len(requests)
        asked = {id(request): self._asked(request, seen, known) for request, seen in claimed}
        spaced = {key: each for key, each in asked.items() if self._is_far_enough(each)}
        decided = self._decide_all(list(spaced.values()), known, at)
        self._log(decided, at)
        self._count(decided, list(asked.values()), at)
        found = {key: decided.get(each.decision_id) for key, each in spaced.items()}
        return [self._answer(found.get(id(each)), at) for each in requests]

    def _claim(self, requests: Sequence[Request], at: datetime) -> list[tuple[Request, Seen]]:
        """Claim the turns of those who asked; return those who have one, with what they saw."""
        people = [each.person_id for each in requests]
        claimed = self._counters.claim(people, at) if people else []
        lost = [place for place, each in enumerate(claimed) if each is False]
        if lost:
            with self._db.reading() as session:
                again = self._counters.rebuild(session, [people[place] for place in lost], at)
            for place, each in zip(lost, again, strict=True):
                claimed[place] = each
        metrics.DECISIONS.labels("too_soon").inc(sum(isinstance(each, bool) for each in claimed))
        return [(request, seen) for request, seen in zip(requests, claimed, strict=True) if isinstance(seen, Seen)]

    def _asked(self, request: Request, seen: Seen, known: Knowledge) -> Asked:
        person, place = known.person(request.person_id), known.place(request.channel_id)
        if place is None:
            raise LookupError(request.channel_id)
        facts = knowledge.facts_of(person, place, request.language)
        return Asked(new_id(), person, place, request.at_seq, facts, seen)

    def _is_far_enough(self, asked: Asked) -> bool:
        if asked.seen.near(asked.place.channel_id, asked.at_seq, self._every):
            metrics.DECISIONS.labels("too_near").inc()
            return False
        return True

    def _decide_all(self, asked: Sequence[Asked], known: Knowledge, at: datetime) -> dict[str, Decided]:
        """Decide; those who would need a campaign that has no lease here are decided again once that was asked for."""
        decided: dict[str, Decided] = {}
        waiting = self._decide_some(asked, known, at, decided, final=False)
        if waiting:
            self.lease({campaign for _, without in waiting for campaign in without})
            self._decide_some([each for each, _ in waiting], known, at, decided, final=True)
        return decided

    def _decide_some(
        self, asked: Sequence[Asked], known: Knowledge, at: datetime, decided: dict[str, Decided], *, final: bool
    ) -> list[tuple[Asked, tuple[str, ...]]]:
        waiting = []
        for each in asked:
            now = time.monotonic()
            look = self._chooser.look(each, known, at, now)
            if look.without_lease and not final:
                waiting.append((each, look.without_lease))
            elif look.inputs.candidates:
                decided[each.decision_id] = self._run(each, look.inputs, now)
            else:
                metrics.DECISIONS.labels("no_candidate").inc()
        return waiting

    def _run(self, asked: Asked, inputs: auction.Inputs, now: float) -> Decided:
        outcome = auction.decide(inputs)
        metrics.DECISIONS.labels("ad" if outcome.campaign_id else "no_winner").inc()
        lease_id = None
        if outcome.campaign_id is not None:
            lease_id = self._wallet.reserve(outcome.campaign_id, asked.decision_id, outcome.price, now)
        return Decided(asked.person.user_id, asked.place.channel_id, inputs, outcome, lease_id)

    def lease(self, campaign_ids: set[str]) -> None:
        """Ask for leases of campaigns; where too many ask at once, these are let be for a moment."""
        asked_at, granted = time.monotonic(), list[leases.Granted]()
        try:
            with self._db.transaction() as session:
                granted = leases.grant(session, campaign_ids, self._server)
        except OperationalError as error:
            logger.warning("leases_not_granted", error=first_line(error))
        self._wallet.put(granted, campaign_ids, asked_at)

    def _log(self, decided: dict[str, Decided], at: datetime) -> None:
        try:
            with self._db.transaction() as session:
                log.write(session, list(decided.values()), at)
        except BaseException:
            for decision_id, each in decided.items():
                if each.outcome.campaign_id is not None:
                    self._wallet.cancel(each.outcome.campaign_id, decision_id)
            raise

    def _count(self, decided: dict[str, Decided], asked: Sequence[Asked], at: datetime) -> None:
        """Count what is shown. Where Redis is lost by now, the next claim counts again from the log."""
        shown, others = [], []
        for each in asked:
            mine = decided.get(each.decision_id)
            if mine is not None and mine.outcome.campaign_id is not None:
                place = (mine.outcome.campaign_id, each.place.channel_id)
                shown.append((each.person.user_id, *place, each.seen, each.at_seq))
            else:
                others.append(each.person.user_id)
        try:
            if shown or others:
                self._counters.settle(shown, others, at)
        except (RedisError, OSError) as error:
            logger.warning("counters_away", error=str(error))

    def _answer(self, decided: Decided | None, at: datetime) -> AdView | None:
        if decided is None or decided.outcome.campaign_id is None:
            return None
        terms = self._index.terms.get(decided.outcome.campaign_id)
        winner = next(each for each in decided.inputs.candidates if each.campaign_id == decided.outcome.campaign_id)
        if terms is None or terms.version != winner.version:
            return None  # stopped or changed in these milliseconds; the ticket is never given out
        creative = next(each for each in terms.creatives if each.creative_id == decided.outcome.creative_id)
        ticket = _ticket(decided, terms.advertiser_id, at)
        return {
            "id": decided.inputs.decision_id,
            "ticket": tickets.seal(ticket),
            "channel_id": decided.channel_id,
            "advertiser": terms.advertiser,
            "advertiser_channel_id": terms.advertiser_channel_id,
            "kind": creative.kind,
            "title": creative.title,
            "body": creative.body,
            "url": creative.url,
            "media_id": creative.media_id,
            "why": matched(terms, decided.inputs.facts) or [],
            "after_posts": self._every,
            "expires_at": rfc3339(datetime.fromtimestamp(ticket.expires_ms / 1000, UTC)),
        }


def _may_have_one(request: Request, known: Knowledge) -> bool:
    if known.place(request.channel_id) is None:
        metrics.DECISIONS.labels("no_place").inc()
        return False
    if known.person(request.person_id).ad_free:
        metrics.DECISIONS.labels("ad_free").inc()
        return False
    return True


def _ticket(decided: Decided, advertiser_id: str, at: datetime) -> tickets.Ticket:
    outcome = decided.outcome
    ids = (decided.inputs.decision_id, outcome.campaign_id, outcome.creative_id, decided.person_id, decided.channel_id)
    decision, campaign, creative, person, channel, lease, advertiser = (
        UUID(each) for each in (*ids, decided.lease_id, advertiser_id)
    )
    issued_ms = int(at.timestamp() * 1000)
    return tickets.Ticket(decision, campaign, creative, person, channel, lease, advertiser, outcome.price, issued_ms)
