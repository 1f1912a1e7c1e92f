"""The test's hand on notifications: devices, walks, pushes and lists."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text

from plumbing.database import Transactions
from svc_subscriptions import vapid
from svc_subscriptions.actions import collapse, endpoints, notifying
from svc_subscriptions.providers import WebPush
from svc_subscriptions.workers.sending import PushQueue
from svc_subscriptions.workers.walking import walk
from tests.services import FakePush
from tests.svc_subscriptions_notifications.outside import PushService, until


@dataclass
class FakeLive:
    """Stands in for Redis: the people who have an open socket."""

    people: set[str] = field(default_factory=set)

    def of(self, user_ids: Any) -> set[str]:
        return self.people & set(user_ids)


@dataclass
class Hand:
    db: Transactions
    push: FakePush
    service: PushService
    live: FakeLive = field(default_factory=FakeLive)

    def __post_init__(self) -> None:
        self.queue = PushQueue(WebPush(vapid.load()), self.live)  # type: ignore[arg-type]

    def device(self, user_id: str, name: str = "laptop") -> str:
        """Give a person a device; return its id."""
        with self.db.transaction() as session:
            browser = self.service.browser(f"{name}-{user_id}")
            return endpoints.add(session, user_id, **browser).id

    def walk(self) -> int:
        return walk(self.db, self.push, budget_s=60)

    def send(self) -> None:
        """Send what is due and note the answers."""
        self.queue.turn(self.db)
        self.queue.finish(self.db)

    def lines(self, user_id: str, **facts: Any) -> list[Any]:
        facts = {"limit": 50, "after": None, "unread_only": False, **facts}
        with self.db.reading() as session:
            return [collapse.line_view(row) for row in collapse.list_lines(session, user_id, **facts)]

    def unread(self, user_id: str) -> int:
        with self.db.reading() as session:
            return notifying.count_unread(session, user_id)

    def told(self, user_id: str) -> list[int]:
        """Return the unread counts that the person's sockets were told, in their order."""
        frames = self.push.on(f"user:{user_id}")
        return [each["data"]["unread"] for each in frames if each.get("type") == "notifications.changed"]

    def pushes(self) -> list[tuple[str, str | None]]:
        """Return what became of all pushes, as (state, reason)."""
        return [tuple(row) for row in self.rows("SELECT state, last_error FROM pushes ORDER BY created_at, id")]

    def payloads(self) -> list[dict[str, Any]]:
        return [self.service.payload(request) for request in self.service.requests]

    def rows(self, statement: str, **facts: Any) -> list[Any]:
        with self.db.reading() as session:
            return list(session.execute(text(statement), facts).all())

    def run(self, statement: str, **facts: Any) -> None:
        with self.db.transaction() as session:
            session.execute(text(statement), facts)

    def due(self) -> None:
        """Let the time come for all that waits."""
        self.run("UPDATE pushes SET next_attempt_at = now() - interval '1 second' WHERE state = 'waiting'")
        self.run("UPDATE pushes SET sent_at = sent_at - interval '10 minutes' WHERE state = 'sent'")


__all__ = ["FakeLive", "Hand", "until"]
