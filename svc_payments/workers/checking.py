"""The worker's timer that proves the ledger."""

from __future__ import annotations

from collections import Counter

from plumbing.database import Transactions
from plumbing.doors import Writing
from plumbing.logs import get_logger
from plumbing.timers import every
from svc_payments import metrics
from svc_payments.ledger import checking

log = get_logger(__name__)

DAY_S = 24 * 3600.0
_SHOWN = 20


class Checking(Writing):
    """Mixin of the worker."""

    @every(DAY_S, lock="check_ledger")
    def check_ledger(self) -> None:
        """Check the ledger, and tell loudly what is wrong with it."""
        check_ledger(self.db)


def check_ledger(db: Transactions) -> list[checking.Finding]:
    """Check the whole ledger; log and count what is wrong, and return it."""
    with db.reading() as session:
        found = checking.check(session)
    for finding in found[:_SHOWN]:
        log.error("ledger_wrong", rule=finding.rule, where=finding.where, detail=finding.detail)
    broken = Counter(finding.rule for finding in found)
    metrics.LEDGER_FINDINGS.clear()
    for rule, number in broken.items():
        metrics.LEDGER_FINDINGS.labels(rule).set(number)
    metrics.LEDGER_CHECKS.labels("wrong" if found else "right").inc()
    log.info("ledger_checked", findings=len(found))
    return found
