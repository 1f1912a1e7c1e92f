"""Campaigns and what belongs to them as people see them; what belongs to a page is loaded in one query each."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from contracts.ads import (
    MICROS,
    AdvertiserView,
    CampaignStatus,
    CampaignView,
    CreativeKind,
    CreativeView,
    Pacing,
    ReviewStatus,
)
from contracts.clock import rfc3339
from svc_ads.models import Advertiser, BilledView, Campaign, Click, Creative, Lease
from svc_ads.terms import bid_micros


@dataclass(frozen=True, slots=True)
class Spending:
    """Micros of a campaign: billed, and handed to servers that may still spend them."""

    spent: int = 0
    reserved: int = 0


def optional_time(moment: datetime | None) -> str | None:
    """Return `moment` for the wire, or None."""
    return None if moment is None else rfc3339(moment)


def advertiser_view(row: Advertiser) -> AdvertiserView:
    """Return an advertiser."""
    return {
        "user_id": row.user_id,
        "name": row.name,
        "website": row.website,
        "channel_id": row.channel_id,
        "suspended": row.suspended,
        "created_at": rfc3339(row.created_at),
    }


def creative_view(row: Creative, advertiser: str | None = None) -> CreativeView:
    """Return a creative; for moderators and owners with the name of its advertiser."""
    view: CreativeView = {
        "id": row.creative_id,
        "campaign_id": row.campaign_id,
        "kind": cast(CreativeKind, row.kind),
        "title": row.title,
        "body": row.body,
        "url": row.url,
        "media_id": row.media_id,
        "review": cast(ReviewStatus, row.review),
        "review_note": row.review_note,
        "reviewed_at": optional_time(row.reviewed_at),
        "created_at": rfc3339(row.created_at),
    }
    return view if advertiser is None else {**view, "advertiser": advertiser}


def campaign_views(
    session: Session, campaigns: Sequence[Campaign], advertiser: Advertiser, now: datetime
) -> list[CampaignView]:
    """Return campaigns of one advertiser in their order."""
    ids = [each.campaign_id for each in campaigns]
    money, views, clicks = spending(session, campaigns), _count(session, BilledView, ids), _count(session, Click, ids)
    creatives = creatives_of(session, ids)
    return [
        _campaign_view(
            each,
            money[each.campaign_id],
            (views.get(each.campaign_id, 0), clicks.get(each.campaign_id, 0)),
            creatives.get(each.campaign_id, []),
            _problem(each, money[each.campaign_id], creatives.get(each.campaign_id, []), advertiser, now),
        )
        for each in campaigns
    ]


def _campaign_view(
    row: Campaign, money: Spending, counts: tuple[int, int], creatives: Iterable[Creative], problem: str | None
) -> CampaignView:
    return {
        "id": row.campaign_id,
        "title": row.title,
        "status": cast(CampaignStatus, row.status),
        "category": row.category,
        "currency": row.currency,
        "budget": row.budget,
        "bid_cpm": row.bid_cpm,
        "pacing": cast(Pacing, row.pacing),
        "frequency_cap": row.frequency_cap,
        "starts_at": rfc3339(row.starts_at),
        "ends_at": rfc3339(row.ends_at),
        "targeting": {
            "languages": row.languages,
            "regions": row.regions,
            "channel_topics": row.channel_topics,
            "interests": row.interests,
        },
        "announce": row.announce,
        "version": row.version,
        "spent": rounded_up(money.spent),
        "reserved": rounded_up(money.reserved),
        "views": counts[0],
        "clicks": counts[1],
        "creatives": [creative_view(each) for each in creatives],
        "problem": problem,
        "created_at": rfc3339(row.created_at),
    }


def rounded_up(micros: int) -> int:
    """Return micros as whole minor units, rounded up."""
    return -(-micros // MICROS)


def spending(session: Session, campaigns: Collection[Campaign]) -> dict[str, Spending]:
    """Return what of campaigns is spent, under leases that are over and open, and what is still handed out."""
    ids = [each.campaign_id for each in campaigns]
    leased = (
        select(Lease.campaign_id, func.sum(Lease.spent_micros), func.sum(Lease.granted_micros))
        .where(Lease.campaign_id.in_(ids), Lease.closed_at.is_(None))
        .group_by(Lease.campaign_id)
    )
    open_leases = {row[0]: (int(row[1]), int(row[2])) for row in session.execute(leased)}
    found = {}
    for each in campaigns:
        spent, granted = open_leases.get(each.campaign_id, (0, 0))
        found[each.campaign_id] = Spending(each.closed_micros + spent, granted - spent)
    return found


def is_spent(campaign: Campaign, money: Spending) -> bool:
    """Tell whether the budget holds no further view at the campaign's own bid."""
    return campaign.budget * MICROS - money.spent < bid_micros(campaign.bid_cpm)


def _problem(
    row: Campaign, money: Spending, creatives: Sequence[Creative], advertiser: Advertiser, now: datetime
) -> str | None:
    if row.status != "active":
        return None
    problems = {
        "suspended": advertiser.suspended,
        "spent": is_spent(row, money),
        "no_creative": not any(each.review == "approved" for each in creatives),
        "not_begun": row.starts_at > now,
    }
    return next((name for name, there in problems.items() if there), None)


def creatives_of(session: Session, campaign_ids: Collection[str]) -> dict[str, list[Creative]]:
    """Return the creatives of campaigns, the eldest first."""
    query = select(Creative).where(Creative.campaign_id.in_(campaign_ids)).order_by(Creative.creative_id)
    found: dict[str, list[Creative]] = {}
    for each in session.scalars(query):
        found.setdefault(each.campaign_id, []).append(each)
    return found


def _count(session: Session, table: Any, campaign_ids: Collection[str]) -> dict[str, int]:
    query = select(table.campaign_id, func.count()).where(table.campaign_id.in_(campaign_ids))
    return {row[0]: int(row[1]) for row in session.execute(query.group_by(table.campaign_id))}
