"""What people say is wrong with ads, for moderators; whom it came from is not told."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from sqlalchemy import and_, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from contracts.ads import AdReportView, ReportReason
from contracts.clock import rfc3339
from svc_ads.actions import preferences
from svc_ads.models import AdReport, Advertiser, Campaign, Creative
from svc_ads.views import creative_view

REASONS = ("misleading", "offensive", "scam", "illegal", "too_often", "other")
Found = tuple[AdReport, Creative, Advertiser]


def report(
    session: Session,
    user_id: str,
    shown: tuple[str, str, str],
    reason: str,
    note: str,
    now: datetime,
) -> None:
    """Keep what somebody says about an ad, once for each showing, and show them its campaign no more.

    Args:
        session: The transaction.
        user_id: The person.
        shown: The campaign, the creative and the decision.
        reason: One of `REASONS`.
        note: Their words.
        now: The present time.
    """
    campaign_id, creative_id, decision_id = shown
    row = insert(AdReport).values(
        campaign_id=campaign_id,
        decision_id=decision_id,
        creative_id=creative_id,
        person_id=user_id,
        reason=reason,
        note=note,
        at=now,
    )
    session.execute(row.on_conflict_do_nothing())
    preferences.hide(session, user_id, campaign_id, now)


def list_all(session: Session, limit: int, before: tuple[datetime, str] | None) -> list[Found]:
    """Return reports of ads whose creative is still there, the newest first."""
    its_own = and_(Creative.campaign_id == AdReport.campaign_id, Creative.creative_id == AdReport.creative_id)
    query = (
        select(AdReport, Creative, Advertiser)
        .join(Creative, its_own)
        .join(Campaign, Campaign.campaign_id == AdReport.campaign_id)
        .join(Advertiser, Advertiser.user_id == Campaign.advertiser_id)
    )
    if before is not None:
        query = query.where(tuple_(AdReport.at, AdReport.decision_id) < tuple_(*before))
    rows = session.execute(query.order_by(AdReport.at.desc(), AdReport.decision_id.desc()).limit(limit))
    return [(row, creative, advertiser) for row, creative, advertiser in rows]


def report_view(found: Found) -> AdReportView:
    """Return a report as moderators see it."""
    row, creative, advertiser = found
    return {
        "campaign_id": row.campaign_id,
        "decision_id": row.decision_id,
        "advertiser_id": advertiser.user_id,
        "advertiser": advertiser.name,
        "suspended": advertiser.suspended,
        "creative": creative_view(creative, advertiser.name),
        "reason": cast(ReportReason, row.reason),
        "note": row.note,
        "at": rfc3339(row.at),
    }
