"""The worker's timer that proves budgets, and what the jobs that check run."""

from __future__ import annotations

import os
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import text

from plumbing.database import Transactions, transactions
from plumbing.doors import Writing
from plumbing.logs import get_logger
from plumbing.settings import settings
from plumbing.timers import every
from svc_ads import metrics
from svc_ads.ad_checks import now_utc
from svc_ads.serving import checking, verifying

log = get_logger(__name__)

DAY_S = 24 * 3600.0
_SHOWN = 20


class Checking(Writing):
    """Mixin of the worker."""

    @every(DAY_S, lock="check_budgets")
    def check_budgets(self) -> None:
        """Check all budgets, and tell loudly what is wrong with them."""
        check_budgets(self.db)


def check_budgets(db: Transactions) -> list[checking.Finding]:
    """Check all budgets at one moment; log and count what is wrong, and return it."""
    with db.reading() as session:
        session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        session.execute(text("SET LOCAL statement_timeout = '10min'"))
        found = checking.check(session)
    for finding in found[:_SHOWN]:
        log.error("budget_wrong", rule=finding.rule, where=finding.where, detail=finding.detail)
    metrics.FINDINGS.clear()
    for rule, number in Counter(finding.rule for finding in found).items():
        metrics.FINDINGS.labels(rule).set(number)
    return found


def verify_days() -> list[str]:
    """Verify the auctions of ADS_DAY, or of yesterday and today; return what to print."""
    named = os.environ.get("ADS_DAY")
    today = now_utc().date()
    days = [date.fromisoformat(named)] if named else [today - timedelta(days=1), today]
    db = transactions(settings().database_url)
    return [line for day in days for line in verify_day(db, day)]


def verify_day(db: Transactions, day: date) -> list[str]:
    """Verify the auctions of a day; return every difference, and the counts in the last line."""
    since, counted = datetime.combine(day, time(), UTC), verifying.Verified()
    with db.reading() as session:
        found = list(verifying.verify(session, since, since + timedelta(days=1), counted))
    lines = [f"{each.decision_id}: {each.what} is {each.logged}, should be {each.expected}" for each in found]
    counts = f"{counted.decisions} decisions, {counted.ads} ads, {counted.candidates} candidates"
    return [*lines, f"{day}: {counts}, {len(found)} differences"]
