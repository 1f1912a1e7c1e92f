"""What is shown for a campaign, and what moderators say of it. Only what one of them approved runs."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from contracts.ads import (
    MAX_CREATIVES,
    CampaignStateInvalid,
    TooManyCreatives,
    UnknownCampaign,
    UnknownCreative,
)
from contracts.base import Invalid, new_id
from svc_ads.actions import advertisers, approvals, campaigns, carrying, publishing
from svc_ads.models import Advertiser, Campaign, Creative, Reviewer

#: For how long a moderator who looks at creatives may see the media of those that wait.
REVIEWING = timedelta(hours=1)


def demand_media_fits(kind: str, media_id: str | None) -> None:
    """Demand that pictures and videos name a media, and texts do not.

    Raises:
        Invalid: It does not fit.
    """
    if (kind == "text") != (media_id is None):
        raise Invalid("A picture or video names its media, a text none.", code="media_invalid", field="media_id")


def create(session: Session, campaign_id: str, user_id: str, facts: dict[str, Any], now: datetime) -> str:
    """Add a creative, which waits for its review, and return its id.

    Raises:
        UnknownCampaign: It is none of theirs.
        AdvertiserSuspended: They may not run campaigns.
        CampaignStateInvalid: The campaign is over.
        TooManyCreatives: It has as many as it can have.
    """
    _lock(session, campaign_id, user_id)
    here = select(func.count()).select_from(Creative).where(Creative.campaign_id == campaign_id)
    if session.scalars(here).one() >= MAX_CREATIVES:
        raise TooManyCreatives
    row = Creative(campaign_id=campaign_id, creative_id=new_id(), review="pending", created_at=now, changes=0, **facts)
    session.add(row)
    session.flush()
    if row.media_id is not None:
        carrying.tell(session, row, user_id)
    return row.creative_id


def update(
    session: Session, campaign_id: str, creative_id: str, user_id: str, changes: dict[str, Any], now: datetime
) -> None:
    """Change a creative, which is reviewed again; until then it is not shown.

    Raises:
        UnknownCampaign: It is none of theirs.
        UnknownCreative: The campaign has none of that id.
        AdvertiserSuspended: They may not run campaigns.
        CampaignStateInvalid: The campaign is over.
        Invalid: Kind and media would not fit.
    """
    campaign = _lock(session, campaign_id, user_id)
    row = find(session, campaign_id, creative_id)
    changed = {name: value for name, value in changes.items() if getattr(row, name) != value}
    if not changed:
        return
    was_shown = row.review == "approved"
    for name, value in changed.items():
        setattr(row, name, value)
    demand_media_fits(row.kind, row.media_id)
    row.review, row.review_note, row.reviewer_id, row.reviewed_at = "pending", None, None, None
    row.created_at, row.changes = now, row.changes + 1  # the time is its place in the queue of reviews
    session.flush()
    if "media_id" in changed:
        carrying.tell(session, row, user_id)
    if was_shown:
        publishing.publish(session, campaign, now)


def remove(session: Session, campaign_id: str, creative_id: str, user_id: str, now: datetime) -> None:
    """Remove a creative.

    Raises:
        UnknownCampaign: It is none of theirs.
        UnknownCreative: The campaign has none of that id.
        CampaignStateInvalid: The campaign is over.
    """
    campaign = campaigns.lock(session, campaign_id, user_id)
    if campaign.status not in campaigns.CHANGEABLE:
        raise CampaignStateInvalid
    row = find(session, campaign_id, creative_id)
    was_shown = row.review == "approved"
    carrying.let_go(session, row, user_id)
    session.delete(row)
    session.flush()
    if was_shown:
        publishing.publish(session, campaign, now)


def _lock(session: Session, campaign_id: str, user_id: str) -> Campaign:
    campaign = campaigns.lock(session, campaign_id, user_id)
    advertisers.demand_active(session, user_id)
    if campaign.status not in campaigns.CHANGEABLE:
        raise CampaignStateInvalid
    return campaign


def find(session: Session, campaign_id: str, creative_id: str) -> Creative:
    """Return a creative of a campaign.

    Raises:
        UnknownCreative: It has none of that id.
    """
    found = session.get(Creative, (campaign_id, creative_id), populate_existing=True)
    if found is None:
        raise UnknownCreative
    return found


def note_reviewer(session: Session, user_id: str, now: datetime) -> None:
    """Let a moderator see, for a while, the media of creatives that wait."""
    row = insert(Reviewer).values(user_id=user_id, until=now + REVIEWING)
    session.execute(row.on_conflict_do_update(index_elements=["user_id"], set_={"until": row.excluded.until}))


def list_by_review(
    session: Session, review: str, limit: int, after: tuple[datetime, str] | None
) -> list[tuple[Creative, str]]:
    """Return creatives with the names of their advertisers, the longest waiting first."""
    query = (
        select(Creative, Advertiser.name)
        .join(Campaign, Campaign.campaign_id == Creative.campaign_id)
        .join(Advertiser, Advertiser.user_id == Campaign.advertiser_id)
        .where(Creative.review == review)
    )
    if after is not None:
        query = query.where(tuple_(Creative.created_at, Creative.creative_id) > tuple_(*after))
    rows = session.execute(query.order_by(Creative.created_at, Creative.creative_id).limit(limit))
    return [(creative, name) for creative, name in rows]


def review(
    session: Session, campaign_id: str, creative_id: str, reviewer_id: str, verdict: str, note: str, now: datetime
) -> tuple[Creative, str]:
    """Take up what a moderator says of a creative; return it with the name of its advertiser.

    Raises:
        UnknownCampaign: There is none.
        UnknownCreative: The campaign has none of that id.
    """
    campaign = campaigns.lock_any(session, campaign_id)
    advertiser = session.get(Advertiser, campaign.advertiser_id) if campaign else None
    if campaign is None or advertiser is None:
        raise UnknownCampaign
    row = find(session, campaign_id, creative_id)
    changes_what_runs = "approved" in {row.review, verdict} and row.review != verdict
    row.review, row.review_note, row.reviewer_id, row.reviewed_at = verdict, note or None, reviewer_id, now
    session.flush()
    if changes_what_runs:
        publishing.publish(session, campaign, now)
        if verdict == "approved":
            approvals.ask_again(session, campaign, now)
    return row, advertiser.name


def shown(session: Session, user_id: str, creative_ids: list[str], now: datetime) -> list[str]:
    """Return those of the creatives whose media a person may see: approved ones; reviewers, those that wait too."""
    query = select(Creative.creative_id).where(Creative.creative_id.in_(creative_ids))
    reviewing = select(Reviewer.user_id).where(Reviewer.user_id == user_id, Reviewer.until > now)
    if session.scalar(reviewing) is None:
        query = query.where(Creative.review == "approved")
    return list(session.scalars(query))
