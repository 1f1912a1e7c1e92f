"""The worker's broom."""

from __future__ import annotations

from plumbing.database import Transactions
from plumbing.doors import Writing
from plumbing.inbox import forget_handled
from plumbing.timers import every
from svc_subscriptions.actions import pruning

TEN_MINUTES = 600.0


class Pruning(Writing):
    """Keeps the tables of notifications small."""

    @every(TEN_MINUTES, lock="prune")
    def prune(self) -> None:
        """Delete what is too old, batch by batch."""
        prune_all(self.db)


def prune_all(db: Transactions) -> int:
    """Delete everything that is too old; return how many rows that were."""
    deleted = 0
    while True:
        with db.transaction() as session:
            batch = pruning.prune(session)
        if not batch:
            break
        deleted += batch
    with db.transaction() as session:
        return deleted + forget_handled(session)
