"""What one has and has earned."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from contracts.base import Invalid, Page
from contracts.payments import BalanceView, EarningsView, LineView
from plumbing import checks
from plumbing.rpc import rpc
from svc_payments import money_checks
from svc_payments.actions import balances, earnings, statements
from svc_payments.doors.base import Door
from svc_payments.ledger.balances import Place

MAX_PAGE = 200
MAX_DAYS = 366
_MONTH = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])")


class Balances(Door):
    """Everybody's own money, and nobody else's."""

    @rpc
    def get_balances(self) -> list[BalanceView]:
        """Return what the caller has, in each currency that they ever had."""
        me = self.me()
        with self.db.reading() as session:
            return balances.list_balances(session, me)

    @rpc
    def list_lines(self, *, currency: str, limit: int = 50, after: str | None = None) -> Page[LineView]:
        """Return lines of the caller's account, the newest first."""
        me, currency, limit = self.me(), money_checks.a_currency(currency), checks.a_limit(limit, MAX_PAGE)
        before = _a_place(after)
        with self.db.reading() as session:
            found = balances.list_lines(session, me, currency, limit + 1, before)
        last = found[limit - 1].place if len(found) > limit else None
        following = checks.to_cursor(last.at.isoformat(), str(last.transaction_id), last.line) if last else None
        return {"items": [balances.line_view(line) for line in found[:limit]], "next": following}

    @rpc
    def get_statement(self, *, currency: str, month: str) -> dict[str, str]:
        """Return `{name, body}`: the caller's account in a month (`YYYY-MM`, UTC) as CSV."""
        me, currency = self.me(), money_checks.a_currency(currency)
        year, number = _a_month(month)
        with self.db.reading() as session:
            body = statements.statement(session, me, currency, year, number)
        return {"name": f"charla-{month}-{currency}.csv", "body": body}

    @rpc
    def get_earnings(self, *, currency: str, days: int = 30, channel_id: str | None = None) -> EarningsView:
        """Return what the caller earned by day and kind, perhaps in one channel alone."""
        me, currency = self.me(), money_checks.a_currency(currency)
        days, channel_id = checks.a_number(days, "days", 1, MAX_DAYS), checks.an_optional_id(channel_id, "channel_id")
        today = datetime.now(UTC).date()
        with self.db.reading() as session:
            return earnings.earnings_of(session, me, currency, days, channel_id, today)


def _a_month(value: object) -> tuple[int, int]:
    match = _MONTH.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise Invalid("That is not a month.", code="invalid_month", field="month")
    return int(match[1]), int(match[2])


def _a_place(after: object) -> Place | None:
    cursor = checks.from_cursor(after, str, str, int)
    if cursor is None:
        return None
    try:
        at = datetime.fromisoformat(cursor[0])
        if at.tzinfo is not None:
            return Place(at, checks.an_id(cursor[1], "after"), checks.a_number(cursor[2], "after", 0, 32_767))
    except (ValueError, OverflowError):
        pass
    raise Invalid("That is not a cursor of this list.", code="invalid_cursor", field="after")
