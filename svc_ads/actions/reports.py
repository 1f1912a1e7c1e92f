"""What campaigns did, for their advertisers, and what ads did in a channel, for its owner: by UTC day."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from contracts.ads import (
    MICROS,
    CampaignChannelView,
    CampaignDayView,
    CampaignReportView,
    ChannelAdDayView,
    ChannelAdStatsView,
)
from contracts.payments import CURRENCIES
from svc_ads.models import Campaign
from svc_ads.options import options

MAX_CHANNELS = 100
COLUMNS = ("date", "campaign", "served", "views", "clicks", "refused", "spent", "currency")
#: A cell that begins with one of these is a formula to spreadsheets.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")

_DAYS = text(
    """
    SELECT day, sum(served)::bigint AS served, sum(views)::bigint AS views, sum(clicks)::bigint AS clicks,
      sum(refused)::bigint AS refused, sum(spent)::bigint AS spent
    FROM (
      SELECT day, count AS served, 0 AS views, 0 AS clicks, 0 AS refused, 0 AS spent
      FROM served_counts WHERE campaign_id = :campaign_id AND day BETWEEN :first AND :last
      UNION ALL
      SELECT CAST(at AT TIME ZONE 'UTC' AS date), 0, count(*), 0, 0, sum(price_micros)
      FROM billed_views WHERE campaign_id = :campaign_id AND at >= :since AND at < :until GROUP BY 1
      UNION ALL
      SELECT CAST(at AT TIME ZONE 'UTC' AS date), 0, 0, count(*), 0, 0
      FROM clicks WHERE campaign_id = :campaign_id AND at >= :since AND at < :until GROUP BY 1
      UNION ALL
      SELECT day, 0, 0, 0, count, 0
      FROM refused_counts WHERE campaign_id = :campaign_id AND day BETWEEN :first AND :last
    ) AS found GROUP BY day
    """
)
_CHANNELS = text(
    """
    SELECT viewed.channel_id::text, viewed.views, viewed.spent, coalesce(clicked.clicks, 0) AS clicks
    FROM (
      SELECT channel_id, count(*) AS views, sum(price_micros)::bigint AS spent
      FROM billed_views WHERE campaign_id = :campaign_id AND at >= :since AND at < :until
      GROUP BY channel_id ORDER BY views DESC, channel_id LIMIT :limit
    ) AS viewed LEFT JOIN (
      SELECT channel_id, count(*) AS clicks
      FROM clicks WHERE campaign_id = :campaign_id AND at >= :since AND at < :until GROUP BY channel_id
    ) AS clicked USING (channel_id)
    ORDER BY viewed.views DESC, viewed.channel_id
    """
)
_REFUSALS = text(
    """
    SELECT why, sum(count)::bigint AS number FROM refused_counts
    WHERE campaign_id = :campaign_id AND day BETWEEN :first AND :last GROUP BY why ORDER BY why
    """
)
_COMPLAINTS = text(
    """
    SELECT
      (SELECT count(*) FROM hidden_campaigns
        WHERE campaign_id = :campaign_id AND at >= :since AND at < :until) AS hidden,
      (SELECT count(*) FROM ad_reports WHERE campaign_id = :campaign_id AND at >= :since AND at < :until) AS reported
    """
)
_CHANNEL_DAYS = text(
    """
    SELECT day, sum(views)::bigint AS views, sum(clicks)::bigint AS clicks, sum(spent)::bigint AS spent
    FROM (
      SELECT CAST(at AT TIME ZONE 'UTC' AS date) AS day, count(*) AS views, 0 AS clicks, sum(price_micros) AS spent
      FROM billed_views WHERE channel_id = :channel_id AND at >= :since AND at < :until GROUP BY 1
      UNION ALL
      SELECT CAST(at AT TIME ZONE 'UTC' AS date), 0, count(*), 0
      FROM clicks WHERE channel_id = :channel_id AND at >= :since AND at < :until GROUP BY 1
    ) AS found GROUP BY day
    """
)
# The owner's half of each settlement, rounded half up, as svc_payments shares it out.
_PAID_OUT = text(
    """
    SELECT coalesce(sum((amount + 1) / 2), 0)::bigint FROM settlements
    WHERE channel_id = :channel_id AND at >= :since AND at < :until
    """
)


def _span(first: date, last: date) -> dict[str, Any]:
    return {
        "first": first,
        "last": last,
        "since": datetime.combine(first, time(), UTC),
        "until": datetime.combine(last + timedelta(days=1), time(), UTC),
    }


def _each_day(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def campaign_report(session: Session, campaign: Campaign, first: date, last: date) -> CampaignReportView:
    """Return what a campaign did in a span, both days included."""
    asked = {"campaign_id": campaign.campaign_id, **_span(first, last)}
    complaints = session.execute(_COMPLAINTS, asked).one()
    return {
        "campaign_id": campaign.campaign_id,
        "currency": campaign.currency,
        "days": _campaign_days(session, asked),
        "channels": [_channel(row) for row in session.execute(_CHANNELS, {**asked, "limit": MAX_CHANNELS})],
        "refusals": {row.why: row.number for row in session.execute(_REFUSALS, asked)},
        "hidden": complaints.hidden,
        "reported": complaints.reported,
    }


def _campaign_days(session: Session, asked: dict[str, Any]) -> list[CampaignDayView]:
    found = {row.day: row for row in session.execute(_DAYS, asked)}
    return [_campaign_day(day, found.get(day)) for day in _each_day(asked["first"], asked["last"])]


def _campaign_day(day: date, row: Any) -> CampaignDayView:
    return {
        "date": day.isoformat(),
        "served": row.served if row else 0,
        "views": row.views if row else 0,
        "clicks": row.clicks if row else 0,
        "refused": row.refused if row else 0,
        "spent_micros": row.spent if row else 0,
    }


def _channel(row: Any) -> CampaignChannelView:
    return {"channel_id": row.channel_id, "views": row.views, "clicks": row.clicks, "spent_micros": row.spent}


def channel_stats(session: Session, channel_id: str, first: date, last: date) -> ChannelAdStatsView:
    """Return what ads did in a channel in a span, both days included, and the owner's half of what was billed."""
    asked = {"channel_id": channel_id, **_span(first, last)}
    found: dict[date, Any] = {row.day: row for row in session.execute(_CHANNEL_DAYS, asked)}
    days = [_channel_day(day, found.get(day)) for day in _each_day(first, last)]
    totals: dict[str, int] = defaultdict(int)
    for day in days:
        totals["views"] += day["views"]
        totals["clicks"] += day["clicks"]
    return {
        "channel_id": channel_id,
        "currency": options().ads_currency,
        "days": days,
        "views": totals["views"],
        "clicks": totals["clicks"],
        "earned_micros": sum(row.spent for row in found.values()) // 2,
        "paid_out": session.execute(_PAID_OUT, asked).scalar_one(),
    }


def _channel_day(day: date, row: Any) -> ChannelAdDayView:
    return {
        "date": day.isoformat(),
        "views": row.views if row else 0,
        "clicks": row.clicks if row else 0,
        "earned_micros": row.spent // 2 if row else 0,
    }


def campaign_csv(report: CampaignReportView, title: str) -> str:
    """Return the days of a report as a CSV file (RFC 4180); amounts are exact, in the currency's main unit."""
    return _written(report["days"], harmless(title), report["currency"])


def _written(days: Iterable[CampaignDayView], title: str, currency: str) -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for day in days:
        spent = exact(day["spent_micros"], currency)
        counts = (day["served"], day["views"], day["clicks"], day["refused"])
        writer.writerow((day["date"], title, *counts, spent, currency))
    return file.getvalue()


def exact(micros: int, currency: str) -> str:
    """Return micros as a decimal number of the currency's main unit, with all its digits."""
    unit, digits = MICROS * 10 ** CURRENCIES[currency], 6 + CURRENCIES[currency]
    whole, part = divmod(micros, unit)
    return f"{whole}.{part:0{digits}d}"


def harmless(cell: str) -> str:
    """Return what somebody wrote so that no spreadsheet takes it for a formula."""
    return f"'{cell}" if cell.lstrip(" \u00a0\ufeff").startswith(_FORMULA) else cell
