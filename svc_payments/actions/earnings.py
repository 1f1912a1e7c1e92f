"""What a creator earned, net of fees, refunds and disputes: read from the ledger by one query."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from contracts.payments import EarningsView
from svc_payments.actions.ad_revenue import AD_REVENUE
from svc_payments.ledger import accounts

#: Kinds of payments by which creators earn; money between people in a chat is none.
KINDS = ("tip", "post", "plan")

_EARNED = text(
    """
    SELECT CAST(entry.at AT TIME ZONE 'UTC' AS date) AS day, coalesce(payment.kind, posted.kind) AS kind,
      CAST(sum(entry.amount) AS bigint) AS amount,
      count(*) FILTER (WHERE posted.kind IN ('payment', 'charge')) AS payments
    FROM ledger_entries AS entry
    JOIN ledger_transactions AS posted ON posted.id = entry.transaction_id
    LEFT JOIN payments AS payment ON payment.id = posted.payment_id
    WHERE entry.account_id = :account AND entry.currency = :currency AND entry.at >= :since AND entry.at < :until
      AND (
        (payment.payee_id = CAST(:user_id AS uuid) AND payment.kind = ANY (CAST(:kinds AS text[]))
         AND (CAST(:channel_id AS uuid) IS NULL OR payment.channel_id = CAST(:channel_id AS uuid)))
        OR (posted.kind = :ad_revenue AND (CAST(:channel_id AS text) IS NULL OR posted.memo = :channel_id))
      )
    GROUP BY 1, 2
    """
)


def earnings_of(
    session: Session, user_id: str, currency: str, days: int, channel_id: str | None, today: date
) -> EarningsView:
    """Return what somebody earned by day (UTC) and kind in the `days` that end with `today`."""
    first = today - timedelta(days=days - 1)
    asked: dict[str, Any] = {
        "account": accounts.person(user_id),
        "currency": currency,
        "since": datetime.combine(first, time(), UTC),
        "until": datetime.combine(today + timedelta(days=1), time(), UTC),
        "user_id": user_id,
        "kinds": list(KINDS),
        "channel_id": channel_id,
        "ad_revenue": AD_REVENUE,
    }
    by_day: Counter[date] = Counter()
    by_kind: Counter[str] = Counter()
    payments: Counter[date] = Counter()
    for row in session.execute(_EARNED, asked):
        by_day[row.day] += row.amount
        by_kind[row.kind] += row.amount
        payments[row.day] += row.payments
    span = [first + timedelta(days=number) for number in range(days)]
    return {
        "currency": currency,
        "total": sum(by_day.values()),
        "days": [{"date": day.isoformat(), "amount": by_day[day], "payments": payments[day]} for day in span],
        "kinds": dict(sorted(by_kind.items())),
    }
