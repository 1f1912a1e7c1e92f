"""Making campaigns, finding them, and changing their terms."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from contracts.ads import MAX_CAMPAIGNS, CampaignStateInvalid, TooManyCampaigns, UnknownCampaign
from contracts.base import Invalid, new_id
from svc_ads import ad_checks
from svc_ads.actions import advertisers, carrying, publishing
from svc_ads.models import Advertiser, Campaign, Creative

#: Whose terms may still change.
CHANGEABLE = ("draft", "active", "paused")
#: What may not change any more once money was set aside.
_DRAFTS_ALONE = frozenset({"category", "currency", "budget", "starts_at"})


def create(session: Session, user_id: str, facts: dict[str, Any], now: datetime) -> str:
    """Begin a campaign as a draft and return its id.

    Raises:
        NotAnAdvertiser: They have no advertiser's account.
        AdvertiserSuspended: They may not run campaigns.
        TooManyCampaigns: They have as many as one advertiser may have.
    """
    session.get(Advertiser, user_id, populate_existing=True, with_for_update=True)  # so that nobody counts beside us
    advertisers.demand_active(session, user_id)
    mine = select(func.count()).select_from(Campaign).where(Campaign.advertiser_id == user_id)
    if session.scalars(mine).one() >= MAX_CAMPAIGNS:
        raise TooManyCampaigns
    row = Campaign(campaign_id=new_id(), advertiser_id=user_id, status="draft", created_at=now, changed_at=now, **facts)
    session.add(row)
    session.flush()
    return row.campaign_id


def find(session: Session, campaign_id: str, user_id: str) -> Campaign:
    """Return somebody's campaign.

    Raises:
        UnknownCampaign: It is none of theirs.
    """
    found = session.get(Campaign, campaign_id, populate_existing=True)
    if found is None or found.advertiser_id != user_id:
        raise UnknownCampaign
    return found


def lock(session: Session, campaign_id: str, user_id: str) -> Campaign:
    """Lock and return somebody's campaign.

    Raises:
        UnknownCampaign: It is none of theirs.
    """
    found = lock_any(session, campaign_id)
    if found is None or found.advertiser_id != user_id:
        raise UnknownCampaign
    return found


def lock_any(session: Session, campaign_id: str) -> Campaign | None:
    """Lock and return a campaign for the service's own work.

    Its advertiser's row is held first, so that nobody is suspended while a campaign of theirs begins to run.
    """
    advertiser_id = session.scalar(select(Campaign.advertiser_id).where(Campaign.campaign_id == campaign_id))
    if advertiser_id is None:
        return None
    session.get(Advertiser, advertiser_id, populate_existing=True, with_for_update={"read": True})
    return session.get(Campaign, campaign_id, populate_existing=True, with_for_update=True)


def list_of(session: Session, user_id: str, status: str | None, limit: int, before: str | None) -> list[Campaign]:
    """Return up to `limit` of somebody's campaigns, the newest first, from before the id `before`."""
    query = select(Campaign).where(Campaign.advertiser_id == user_id)
    if status is not None:
        query = query.where(Campaign.status == status)
    if before is not None:
        query = query.where(Campaign.campaign_id < before)
    return list(session.scalars(query.order_by(Campaign.campaign_id.desc()).limit(limit)))


def update(session: Session, campaign_id: str, user_id: str, changes: dict[str, Any], now: datetime) -> None:
    """Change a campaign's terms; of one that runs they are published. The budget of such a one is not changed here.

    Raises:
        UnknownCampaign: It is none of theirs.
        AdvertiserSuspended: They may not run campaigns.
        CampaignStateInvalid: It is over, or that cannot be changed any more.
        Invalid: Its dates would contradict each other.
    """
    advertisers.demand_active(session, user_id)
    row = lock(session, campaign_id, user_id)
    if row.status not in CHANGEABLE:
        raise CampaignStateInvalid
    changed = {name: value for name, value in changes.items() if getattr(row, name) != value}
    if row.status != "draft":
        _demand_changeable(row, changed, now)
    if not changed:
        return
    for name, value in changed.items():
        setattr(row, name, value)
    if changed.keys() & {"starts_at", "ends_at"}:
        ad_checks.demand_order(row.starts_at, row.ends_at, now)
    row.changed_at = now
    session.flush()
    publishing.publish(session, row, now)


def _demand_changeable(row: Campaign, changed: dict[str, Any], now: datetime) -> None:
    fixed = changed.keys() & (_DRAFTS_ALONE - ({"starts_at"} if row.starts_at > now else set()))
    if fixed:
        raise CampaignStateInvalid(field=min(fixed))
    for name in changed.keys() & {"starts_at", "ends_at"}:
        if changed[name] < getattr(row, name):
            raise Invalid("The dates of a campaign that runs only move ahead.", code="dates_invalid", field=name)


def delete_draft(session: Session, campaign_id: str, user_id: str) -> None:
    """Remove a draft; where the ledger was asked for its budget once, what it holds goes back first.

    Raises:
        UnknownCampaign: It is none of theirs.
        CampaignStateInvalid: It is no draft.
    """
    row = lock(session, campaign_id, user_id)
    if row.status != "draft":
        raise CampaignStateInvalid
    if row.asked_budget:
        row.status = "ending"  # `running.finish` removes what never ran
        return
    remove(session, row)


def remove(session: Session, row: Campaign) -> None:
    """Remove a campaign that never ran, and its creatives."""
    for each in carrying.of_campaign(session, row.campaign_id):
        carrying.let_go(session, each, row.advertiser_id)
    session.flush()
    gone = delete(Creative).where(Creative.campaign_id == row.campaign_id)
    session.execute(gone.execution_options(synchronize_session=False))
    session.delete(row)
