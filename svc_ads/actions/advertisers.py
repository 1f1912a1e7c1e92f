"""Who pays for campaigns, and who may not any more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from contracts.ads import AdvertiserName, AdvertiserSuspended, NotAnAdvertiser, UnknownAdvertiser
from svc_ads.actions import publishing
from svc_ads.models import Advertiser, Campaign


def find(session: Session, user_id: str) -> Advertiser:
    """Return somebody's account as an advertiser.

    Raises:
        NotAnAdvertiser: They have none.
    """
    found = session.get(Advertiser, user_id, populate_existing=True)
    if found is None:
        raise NotAnAdvertiser
    return found


def demand_active(session: Session, user_id: str) -> Advertiser:
    """Return somebody's account, which is held until the transaction ends, so that nobody suspends it meanwhile.

    Raises:
        NotAnAdvertiser: They have none.
        AdvertiserSuspended: They may not run campaigns.
    """
    found = session.get(Advertiser, user_id, populate_existing=True, with_for_update={"read": True})
    if found is None:
        raise NotAnAdvertiser
    if found.suspended:
        raise AdvertiserSuspended
    return found


def names(session: Session, user_ids: Sequence[str]) -> list[AdvertiserName]:
    """Return the advertisers among these people, in their order."""
    rows = session.execute(select(Advertiser.user_id, Advertiser.name).where(Advertiser.user_id.in_(user_ids)))
    known = {row.user_id: row.name for row in rows}
    return [{"id": user_id, "name": known[user_id]} for user_id in user_ids if user_id in known]


def save(
    session: Session, user_id: str, name: str, website: str | None, channel_id: str | None, now: datetime
) -> Advertiser:
    """Make somebody an advertiser, or change how they appear; campaigns that run are published anew."""
    begun = insert(Advertiser).values(user_id=user_id, name=name, created_at=now).on_conflict_do_nothing()
    session.execute(begun)
    row = session.get(Advertiser, user_id, populate_existing=True, with_for_update=True)
    if row is None:
        raise LookupError(f"the advertiser {user_id} has gone")
    shown = (row.name, row.channel_id)
    row.name, row.website, row.channel_id = name, website, channel_id
    session.flush()
    if shown != (name, channel_id):
        for campaign in _running(session, user_id):
            publishing.publish(session, campaign, now)
    return row


def suspend(session: Session, user_id: str, *, suspended: bool, now: datetime) -> None:
    """Stop all campaigns of an advertiser, or let them go on.

    Raises:
        UnknownAdvertiser: There is none.
    """
    row = session.get(Advertiser, user_id, populate_existing=True, with_for_update=True)
    if row is None:
        raise UnknownAdvertiser
    if row.suspended == suspended:
        return
    row.suspended = suspended
    session.flush()
    for campaign in _running(session, user_id):
        if suspended:
            publishing.stop(session, campaign, "suspended")
        else:
            publishing.publish(session, campaign, now)


def _running(session: Session, user_id: str) -> list[Campaign]:
    """Lock and return the campaigns of somebody that are active."""
    mine = (Campaign.advertiser_id == user_id, Campaign.status == "active")
    query = select(Campaign).where(*mine).order_by(Campaign.campaign_id).with_for_update()
    return list(session.scalars(query.execution_options(populate_existing=True)))
