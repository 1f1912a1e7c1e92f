"""One server of ads: index, wallet and decisions of a process, and what keeps them fresh in the background."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import eventlet
from nameko.extensions import DependencyProvider
from sqlalchemy import select, tuple_
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from contracts.ads import AdView
from contracts.base import new_id
from plumbing.database import Transactions, transactions
from plumbing.logs import get_logger
from plumbing.prepared import Prepared
from plumbing.redis_client import new_redis
from plumbing.settings import settings
from svc_ads import metrics
from svc_ads.models import CampaignVersion
from svc_ads.serving import leases, pacing
from svc_ads.serving.batching import Batcher
from svc_ads.serving.choosing import Chooser
from svc_ads.serving.counters import Counters
from svc_ads.serving.deciding import Decider, Request
from svc_ads.serving.index import Index
from svc_ads.serving.pacing import Pace
from svc_ads.serving.wallet import Slice, Wallet
from svc_ads.terms import Terms, terms_of

log = get_logger(__name__)

Item = TypeVar("Item")

MOST_TOGETHER = 64
IN_FLIGHT = 2
#: How often a server looks at its leases, and how often at all campaigns: a lost event is noticed by then. Seconds.
TICK_S = 1.0
COMPARE_S = 5.0
_PIECE = 500
_BILLED = Prepared(
    """
SELECT decision_id::text FROM billed_views JOIN unnest(:campaigns::uuid[], :decisions::uuid[])
  AS asked (campaign_id, decision_id) USING (campaign_id, decision_id)
""",
    campaigns="text[]",
    decisions="text[]",
)


class Server:
    """Chooses ads.

    Args:
        db: The service's database.
        redis: The service's Redis.
        every: How many posts of a channel come between two ads.
    """

    def __init__(self, db: Transactions, redis: Any, every: int) -> None:
        self.name = f"{socket.gethostname()}:{os.getpid()}:{new_id()}"
        self._db = db
        self.index, self.wallet = Index(), Wallet()
        self.paces: dict[str, Pace] = {}
        chooser = Chooser(self.index, self.wallet, self.paces)
        self.decider = Decider(db, Counters(redis), self.index, self.wallet, chooser, self.name, every)
        self._batcher: Batcher[Request, AdView | None] = Batcher(self.decider.decide, MOST_TOGETHER, IN_FLIGHT)
        self._compared_at = 0.0

    def choose(self, request: Request) -> AdView | None:
        """Return an ad for somebody who opens a channel, or none."""
        return self._batcher.do(request)

    def compare(self) -> None:
        """Bring the index to what runs by the database, and look at how campaigns spend.

        Decisions and events go on between its pieces: what they changed since it began to look stays.
        """
        held = {key: terms.version for key, terms in self.index.terms.items()}
        with self._db.reading() as session:
            now = datetime.now(UTC)
            rows = {row.campaign_id: row for row in leases.running(session) if row.published}
            found = _load(session, [(key, row.version) for key, row in rows.items() if held.get(key) != row.version])
        for gone in held.keys() - rows.keys():
            self.stopped(gone, held[gone] + 1)
        for terms in _in_pieces(found):
            self.index.put(terms)
        for row in _in_pieces(rows.values()):
            self._pace(row.campaign_id, row.spent, now)
        metrics.CAMPAIGNS.set(len(self.index.terms))
        self._compared_at = time.monotonic()

    def _pace(self, campaign_id: str, spent: int, now: datetime) -> None:
        terms = self.index.terms.get(campaign_id)
        if terms is not None and terms.pacing == "even":
            before = self.paces.get(campaign_id)
            after = pacing.next_pace(terms, before, spent, now) if before else pacing.first(terms, spent, now)
            self.paces[campaign_id] = after

    def published(self, campaign_id: str, version: int) -> None:
        """Take up that a campaign runs, or runs with other terms."""
        with self._db.reading() as session:
            found = _load(session, [(campaign_id, version)])
        for terms in found:
            self.index.put(terms)

    def stopped(self, campaign_id: str, version: int) -> None:
        """Drop a campaign, unless it was published again since."""
        terms = self.index.terms.get(campaign_id)
        if terms is not None and terms.version < version:
            self.index.drop(campaign_id)
            self.paces.pop(campaign_id, None)

    def tick(self) -> None:
        """Compare when it is due, look what was billed, ask for more before it runs out, give back the rest."""
        if time.monotonic() - self._compared_at >= COMPARE_S:
            self.compare()
        self.reconcile()
        bids = {key: terms.bid_micros for key, terms in self.index.terms.items()}
        low = self.wallet.running_low(bids, time.monotonic())
        if low:
            self.decider.lease(set(low))
        self._give_back(self.wallet.surplus(self.index.terms, time.monotonic()))

    def reconcile(self) -> None:
        """Ask which of the tickets that are over were billed: what the others kept is free again.

        Nobody asks about tickets that live: a billed one and one that may be billed leave a lease as much.
        """
        asked = self.wallet.over(time.monotonic())
        self.wallet.reconcile(asked, self._billed([(campaign, each) for campaign in asked for each in asked[campaign]]))

    def close(self) -> None:
        """Give back all leases: those without tickets at once, the others when their last ticket is over."""
        self._give_back(self.wallet.all_slices())

    def _give_back(self, slices: Iterable[Slice]) -> None:
        now = time.monotonic()
        for each in slices:
            billed = self._billed([(each.campaign_id, decision_id) for decision_id in each.reserved])
            each.reconcile(billed, billed)
            with self._db.transaction() as session:
                leases.shrink(session, each.lease_id, each.campaign_id, each.held, each.ends_in(now))
            metrics.LEASES.labels("given_back").inc()

    def _billed(self, keys: Sequence[tuple[str, str]]) -> set[str]:
        """Return which of these decisions, each with its campaign, were billed."""
        billed: set[str] = set()
        for start in range(0, len(keys), _PIECE):
            campaigns, decisions = zip(*keys[start : start + _PIECE], strict=True)
            with self._db.reading() as session:
                rows = _BILLED.run(session, campaigns=list(campaigns), decisions=list(decisions))
                billed.update(rows.scalars())
        return billed


def _in_pieces(items: Iterable[Item]) -> Iterator[Item]:
    """Yield the items, and let others go on now and then."""
    for number, item in enumerate(items):
        if number % _PIECE == 0:
            time.sleep(0)
        yield item


def _load(session: Session, wanted: list[tuple[str, int]]) -> list[Terms]:
    found: list[Terms] = []
    for start in range(0, len(wanted), _PIECE):
        keys = tuple_(CampaignVersion.campaign_id, CampaignVersion.version).in_(wanted[start : start + _PIECE])
        found += [terms_of(kept) for kept in session.scalars(select(CampaignVersion.terms).where(keys))]
    return found


class AdServer(DependencyProvider):
    """Gives a service `self.server`, the `Server` of its process."""

    def setup(self) -> None:
        """Make the server."""
        conf = settings()
        db = transactions(conf.database_url, pool_size=6)
        self._server = Server(db, new_redis(conf.redis_url), every_posts())
        self._stopped = False

    def start(self) -> None:
        """Load what runs; where the database is away that is made up for later."""
        self._tick()
        self._thread = self.container.spawn_managed_thread(self._run)

    def stop(self) -> None:
        """Give the leases back; workers are done by now."""
        self._stopped = True
        try:
            self._server.close()
        except (SQLAlchemyError, OSError):
            log.warning("leases_not_given_back")

    def kill(self) -> None:
        """Leave the leases to their end."""
        self._stopped = True

    def get_dependency(self, worker_ctx: Any) -> Server:
        """Give it to a worker."""
        return self._server

    def _run(self) -> None:
        while not self._stopped:
            eventlet.sleep(TICK_S)
            self._tick()

    def _tick(self) -> None:
        try:
            self._server.tick()
        except Exception:
            log.exception("server_tick_failed")


def every_posts() -> int:
    """Return how many posts of a channel come between two ads: AD_EVERY_POSTS."""
    return int(os.environ.get("AD_EVERY_POSTS", "8"))
