"""Telling servers under which terms a campaign takes part in auctions, and when it takes part no longer.

Every telling is a version; the terms of each that runs are a row of `campaign_versions`. The campaign's row is locked.
"""

from __future__ import annotations

from datetime import datetime
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from contracts.ads import MICROS, CampaignPublished, CampaignStopped, CreativeKind, Pacing
from plumbing.outbox import record_event
from svc_ads.models import Advertiser, Campaign, CampaignVersion, Creative
from svc_ads.terms import CreativeTerms, Terms, bid_micros


def publish(session: Session, campaign: Campaign, now: datetime) -> None:
    """Write the terms of a campaign that is active as its next version, and tell of them.

    One of an advertiser who is suspended, or that is not active, is left as it is.
    """
    advertiser = session.get(Advertiser, campaign.advertiser_id)
    if advertiser is None or advertiser.suspended or campaign.status != "active":
        return
    campaign.begun = campaign.begun or campaign.starts_at <= now
    campaign.version += 1
    campaign.changed_at = now
    session.flush()
    creatives = _approved(session, campaign)
    terms = _terms(campaign, advertiser, creatives)
    session.add(
        CampaignVersion(campaign_id=campaign.campaign_id, version=campaign.version, terms=terms.to_json(), at=now)
    )
    record_event(session, _event(campaign, advertiser, creatives))


def stop(session: Session, campaign: Campaign, reason: str) -> None:
    """Tell that a campaign takes part in no auction from now on."""
    campaign.version += 1
    session.flush()
    event = CampaignStopped(campaign_id=campaign.campaign_id, version=campaign.version, reason=reason)
    record_event(session, event)


def _approved(session: Session, campaign: Campaign) -> list[Creative]:
    here = (Creative.campaign_id == campaign.campaign_id, Creative.review == "approved")
    return list(session.scalars(select(Creative).where(*here).order_by(Creative.creative_id)))


def _terms(campaign: Campaign, advertiser: Advertiser, creatives: list[Creative]) -> Terms:
    return Terms(
        campaign_id=campaign.campaign_id,
        version=campaign.version,
        advertiser_id=campaign.advertiser_id,
        advertiser=advertiser.name,
        advertiser_channel_id=advertiser.channel_id,
        category=campaign.category,
        bid_micros=bid_micros(campaign.bid_cpm),
        budget_micros=campaign.budget * MICROS,
        pacing=cast(Pacing, campaign.pacing),
        frequency_cap=campaign.frequency_cap,
        starts_at=campaign.starts_at,
        ends_at=campaign.ends_at,
        languages=tuple(campaign.languages),
        regions=tuple(campaign.regions),
        channel_topics=tuple(campaign.channel_topics),
        interests=tuple(campaign.interests),
        creatives=tuple(_creative_terms(each) for each in creatives),
    )


def _creative_terms(row: Creative) -> CreativeTerms:
    return CreativeTerms(row.creative_id, cast(CreativeKind, row.kind), row.title, row.body, row.url, row.media_id)


def _event(campaign: Campaign, advertiser: Advertiser, creatives: list[Creative]) -> CampaignPublished:
    """Return the event; followers of the brand are told of what a moderator approved, once it has begun."""
    first = creatives[0] if creatives else None
    return CampaignPublished(
        campaign_id=campaign.campaign_id,
        version=campaign.version,
        advertiser_id=campaign.advertiser_id,
        title=first.title if first else campaign.title,
        body=first.body if first else "",
        url=first.url if first else "",
        channel_id=advertiser.channel_id,
        announce=campaign.announce and campaign.begun and first is not None,
    )
