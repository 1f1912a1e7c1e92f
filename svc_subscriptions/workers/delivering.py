"""The worker's part for observers at run time: webhooks, each served alone, and digests."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import eventlet
from nameko.extensions import DependencyProvider
from nameko.timer import timer

from contracts.subscriptions import LogEntryView, PostDeleted, PostEdited, PostPublished
from plumbing.database import Transactions, transactions
from plumbing.doors import Writing
from plumbing.logs import get_logger
from plumbing.observer import observes
from plumbing.push import Pusher
from plumbing.redis_client import new_redis
from plumbing.settings import settings
from plumbing.timers import every
from svc_subscriptions import mailing, metrics
from svc_subscriptions.actions import webhooks
from svc_subscriptions.actions.webhooks import Claim, Work
from svc_subscriptions.providers import Webhooks, WebhookSender, smtp_mailer
from svc_subscriptions.telling import tell_unread

log = get_logger(__name__)

UNDER_WAY = 32
#: How long one observer is served before the others have their turn.
TURN_S = 30.0
_DRAIN_S = 12.0


class WebhookQueue:
    """Serves webhooks, each in a greenlet of its own; one that hangs holds nothing but its place."""

    def __init__(self, db: Transactions, push: Pusher, sender: WebhookSender, most: int = UNDER_WAY) -> None:
        self._db = db
        self._push = push
        self._sender = sender
        self._pool = eventlet.GreenPool(most)
        self._stopping = False

    def turn(self) -> int:
        """Begin to serve whoever is due, as far as there is room; return how many that were."""
        free = self._pool.free()
        if free <= 0 or self._stopping:
            return 0
        with self._db.transaction() as session:
            claims = webhooks.claim(session, free)
        for claimed in claims:
            self._pool.spawn_n(self._serve, claimed)
        metrics.SENDING.labels("webhook").set(self._pool.running())
        return len(claims)

    def finish(self) -> None:
        """Let each observer have what is under way to it, and no more."""
        self._stopping = True
        with eventlet.Timeout(_DRAIN_S, False):
            self._pool.waitall()

    def _serve(self, claimed: Claim) -> None:
        try:
            if self._hand_over(claimed):
                with self._db.transaction() as session:
                    webhooks.release(session, claimed)
        except Exception:
            log.exception("webhook_not_served", observer_id=claimed.observer_id)

    def _hand_over(self, claimed: Claim) -> bool:
        """Hand over what there is; tell whether the observer is still ours to give back."""
        ends_at = time.monotonic() + TURN_S
        while not self._is_over(ends_at):
            with self._db.reading() as session:
                work = webhooks.load(session, claimed)
            if work is None:
                return False
            if not work.entries:
                return True
            for entry in work.entries:
                if not self._one(claimed, work, entry):
                    return False
                if self._is_over(ends_at):
                    break
        return True

    def _is_over(self, ends_at: float) -> bool:
        return self._stopping or time.monotonic() >= ends_at

    def _one(self, claimed: Claim, work: Work, entry: LogEntryView) -> bool:
        """Hand over one entry and note that; tell whether to go on."""
        handed = None
        if not work.events or entry["type"] in work.events:
            body, now = webhooks.body_of(entry), datetime.now(UTC)
            handed = self._sender.post(work.url, body, webhooks.headers_of(work, claimed, entry, body, now))
            metrics.DELIVERIES.labels("ok" if handed.error is None else "failed").inc()
            if handed.error is not None:
                with self._db.transaction() as session:
                    told = webhooks.fail(session, claimed, entry["seq"], handed, datetime.now(UTC))
                tell_unread(self._db, self._push, told)
                return False
        with self._db.transaction() as session:
            return webhooks.move(session, claimed, entry["seq"], handed)


class Deliveries(DependencyProvider):
    """Gives the worker its `WebhookQueue`, which finishes what is under way before the process stops."""

    def setup(self) -> None:
        """Make the queue, on connections of its own: its greenlets outlive the call that began them."""
        db = transactions(settings().database_url, pool_size=10)
        self.queue = WebhookQueue(db, Pusher(new_redis(settings().redis_url)), Webhooks())

    def stop(self) -> None:
        """Wait for what is under way."""
        self.queue.finish()

    def get_dependency(self, worker_ctx: Any) -> WebhookQueue:
        """Return the process's queue."""
        return self.queue


class Delivering(Writing):
    """Timers and observers that keep webhooks and digests going."""

    deliveries = Deliveries()

    @timer(interval=0.25)
    def deliver_webhooks(self) -> None:
        """Serve the webhooks that are due; in every replica, for each claims its own."""
        self.deliveries.turn()

    @every(1.0, lock="wake_webhooks")
    def wake_webhooks(self) -> None:
        """Find webhooks that are behind although nobody told them."""
        self.write(lambda session: session.execute(webhooks.WAKE))

    @every(30.0, lock="send_digests")
    def send_digests(self) -> None:
        """Send the digests that are due."""
        mailing.send_due(self.db, smtp_mailer())

    @observes(PostPublished)
    def wake_for_post(self, event: PostPublished) -> None:
        """Let the channel's webhooks look at its log at once; repeatable."""
        self.write(lambda session: webhooks.wake(session, event.channel_id))

    @observes(PostEdited)
    def wake_for_edit(self, event: PostEdited) -> None:
        """Let the channel's webhooks look at its log at once; repeatable."""
        self.write(lambda session: webhooks.wake(session, event.channel_id))

    @observes(PostDeleted)
    def wake_for_deletion(self, event: PostDeleted) -> None:
        """Let the channel's webhooks look at its log at once; repeatable."""
        self.write(lambda session: webhooks.wake(session, event.channel_id))
