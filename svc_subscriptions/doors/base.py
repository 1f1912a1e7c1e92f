"""What all doors of svc_subscriptions share: the dependencies, and who calls."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy.orm import Session

from plumbing.database import Database
from plumbing.doors import Called, Writing
from plumbing.push import Push
from plumbing.rpc import Caller
from svc_subscriptions import live
from svc_subscriptions.live_counts import Counts
from svc_subscriptions.models import Base


class Door(Called, Writing):
    """Base of the mixins that make up `SubscriptionsService`."""

    db = Database(Base)
    push = Push()
    caller = Caller()
    counts: Any = Counts()

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Yield a transaction; after its commit frames are pushed, and what was counted is to be told."""
        with super().writing() as session:
            yield session
        self.counts.note(live.counted(session))
