"""The notifier's second half: web pushes, many under way at once, settled many at a time."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import eventlet
from nameko.extensions import DependencyProvider

from plumbing.database import Transactions, transactions
from plumbing.logs import get_logger
from plumbing.redis_client import new_redis
from plumbing.settings import settings
from svc_subscriptions import metrics, vapid
from svc_subscriptions.actions import endpoints, pushing
from svc_subscriptions.actions.pushing import Settled
from svc_subscriptions.providers import Device, Handed, LiveSockets, PushSender, WebPush

log = get_logger(__name__)

UNDER_WAY = 48
_GONE = frozenset({404, 410})
_TRY_AGAIN = frozenset({408, 425, 429})
_DRAIN_S = 11.0
#: A push service one of whose answers is overdue for so long gets no more than these places.
_SLOW_S, _SLOW_PLACES, _SLOW_WAIT = 2.0, 8, timedelta(seconds=5)


class PushQueue:
    """Empties the table `pushes` with whoever else does: rows are claimed, sent and then settled."""

    def __init__(self, sender: PushSender, live: LiveSockets, most: int = UNDER_WAY) -> None:
        self._sender = sender
        self._live = live
        self._pool = eventlet.GreenPool(most)
        self._done: list[Settled] = []
        self._under_way: dict[str, tuple[str, float]] = {}

    def turn(self, db: Transactions) -> int:
        """Settle what was answered and begin what is due, as far as there is room; return how much that was."""
        settled = self.flush(db)
        free = self._pool.free()
        if free <= 0:
            return settled
        with db.transaction() as session:
            claimed = pushing.claim(session, free)
        live = self._live.of([push.user_id for push in claimed])
        wanted, decided = pushing.sort_out(claimed, live, datetime.now(UTC))
        for push in wanted:
            if self._is_slow(_host(push)):
                decided.append(Settled(push, "waiting", next_at=datetime.now(UTC) + _SLOW_WAIT, counts=False))
            else:
                self._under_way[push.id] = (_host(push), time.monotonic())
                self._pool.spawn_n(self._send, push)
        self._settle(db, decided)
        metrics.SENDING.labels("push").set(self._pool.running())
        return settled + len(claimed)

    def _is_slow(self, host: str) -> bool:
        """Tell whether a push service hangs and has all the places that such a one may have."""
        began = [at for where, at in self._under_way.values() if where == host]
        return len(began) >= _SLOW_PLACES and time.monotonic() - min(began) > _SLOW_S

    def flush(self, db: Transactions) -> int:
        """Note what became of pushes that were answered; return how many."""
        done, self._done = self._done, []
        self._settle(db, done)
        return len(done)

    def finish(self, db: Transactions) -> None:
        """Wait for what is under way, and note it."""
        with eventlet.Timeout(_DRAIN_S, False):
            self._pool.waitall()
        self.flush(db)

    def _settle(self, db: Transactions, settled: list[Settled]) -> None:
        if not settled:
            return
        with db.transaction() as session:
            pushing.settle(session, settled)
        for user_id, endpoint_id in sorted({_place(each) for each in settled if each.error == "gone"}):
            with db.transaction() as session:
                endpoints.remove(session, user_id, endpoint_id)
        for each in settled:
            metrics.PUSHES.labels(each.error if each.state == "dropped" else each.state).inc()

    def _send(self, push: Any) -> None:
        try:
            handed = self._sender.send(
                Device(push.endpoint, push.p256dh, push.auth),
                pushing.payload(push),
                ttl_s=int(pushing.LIFE.total_seconds()),
                urgency=_urgency(push),
                topic=pushing.topic(push),
            )
            outcome = _outcome(push, handed)
        except Exception as error:
            log.exception("push_not_sent", push_id=push.id)
            outcome = pushing.failed(push, type(error).__name__, None, datetime.now(UTC))
        self._under_way.pop(push.id, None)
        self._done.append(outcome)


def _host(push: Any) -> str:
    return endpoints.parse_host(push.endpoint)


def _place(settled: Settled) -> tuple[str, str]:
    return settled.push.user_id, settled.push.endpoint_id


def _urgency(push: Any) -> str:
    """Return how much a push may cost the device's battery: what is meant for oneself comes first."""
    if push.silent:
        return "very-low"
    return "low" if push.kind == "post" else "normal"


def _outcome(push: Any, handed: Handed) -> Settled:
    if handed.error is None:
        return Settled(push, "sent")
    if handed.status in _GONE:
        return Settled(push, "dropped", "gone")
    passing = handed.status is None or handed.status >= 500 or handed.status in _TRY_AGAIN
    if not passing or handed.error.startswith(("unusable", "address_refused")):
        return Settled(push, "failed", handed.error)
    return pushing.failed(push, handed.error, handed.retry_after_s, datetime.now(UTC))


class Pushes(DependencyProvider):
    """Gives the notifier its `PushQueue`, which finishes what is under way before the process stops."""

    def setup(self) -> None:
        """Make the queue; the key is made when it is missing."""
        self.queue = PushQueue(WebPush(vapid.load()), LiveSockets(new_redis(settings().redis_url)))

    def stop(self) -> None:
        """Wait for what is under way, and note it."""
        self.queue.finish(transactions(settings().database_url, pool_size=1))

    def get_dependency(self, worker_ctx: Any) -> PushQueue:
        """Return the process's queue."""
        return self.queue
