"""The worker's timer that keeps balances quick to read."""

from __future__ import annotations

from datetime import timedelta

from plumbing.database import Transactions
from plumbing.doors import Writing
from plumbing.timers import every
from svc_payments import metrics
from svc_payments.ledger import checkpoints

PERIOD_S = 60.0
#: More than a period, so that a late round skips nothing; what an outage skipped is summed up when it moves again.
_SPAN = timedelta(seconds=3 * PERIOD_S)


class Checkpoints(Writing):
    """Mixin of the worker."""

    @every(PERIOD_S, lock="make_checkpoints")
    def make_checkpoints(self) -> None:
        """Sum up the accounts that have many lines since their last checkpoint."""
        make_checkpoints(self.db)


def make_checkpoints(db: Transactions, lines: int = checkpoints.LINES) -> int:
    """Move the checkpoints of busy accounts to what is settled; return of how many."""
    with db.reading() as session:
        upto = checkpoints.settled_until(session)
    with db.reading() as session:
        found = checkpoints.busy_accounts(session, upto - _SPAN, upto, lines)
    for start in range(0, len(found), checkpoints.BATCH):
        with db.transaction() as session:
            for account, currency in found[start : start + checkpoints.BATCH]:
                checkpoints.advance(session, account, currency, upto)
    metrics.CHECKPOINTS.inc(len(found))
    return len(found)
