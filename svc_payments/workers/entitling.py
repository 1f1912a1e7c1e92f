"""The worker's watch over entitlements: it tells what ran out, and mends what was told wrongly."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

from plumbing.database import Transactions
from plumbing.doors import Writing
from plumbing.logs import get_logger
from plumbing.timers import every
from svc_payments.actions import entitlements
from svc_payments.actions.entitlements import Subject

log = get_logger(__name__)

A_SECOND = 1.0
AN_HOUR = 3_600.0
BATCH = 200


class Entitling(Writing):
    """Timers of entitlements; each fires in one replica at a time."""

    @every(A_SECOND, lock="announce_ended_access")
    def announce_ended_access(self) -> None:
        """Tell whose access ran out: at most two seconds ago."""
        self.announce_ended(datetime.now(UTC))

    def announce_ended(self, now: datetime) -> int:
        """Tell of all that is over at `now`; return how many that were."""
        told = 0
        while True:
            with self.db.reading() as session:
                found = entitlements.ran_out(session, BATCH, now)
            for subject in found:
                told += self.write(partial(entitlements.announce_subject, subject=subject, now=now))
            if len(found) < BATCH:
                return told

    @every(AN_HOUR, lock="repair_entitlements")
    def repair_entitlements(self) -> None:
        """Compare everything that was ever told with the ledger."""
        mended = repair_all(self.db)
        if mended:
            log.error("entitlements_mended", number=mended)


def repair_all(db: Transactions, now: datetime | None = None) -> int:
    """Compare all marks with the ledger, batch by batch; tell what was told wrongly, and return how often."""
    mended, after = 0, None
    while True:
        with db.reading() as session:
            found: list[Subject] = entitlements.known_after(session, after, BATCH)
        with db.transaction() as session:
            mended += entitlements.repair(session, found, now)
        if len(found) < BATCH:
            return mended
        after = found[-1]
