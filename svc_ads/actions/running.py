"""From a draft to the end: the states of a campaign, and what of its money is where.

draft -> funding -> active <-> paused -> ending -> ended. The ledger is another service's, so each step that asks it
has a transaction before, which says what is asked, and one after. A process that is killed in between leaves a
campaign that says so, and `workers/running.py` asks again: the ledger sets the same aside once.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from contracts.ads import CampaignNotReady, CampaignStateInvalid
from contracts.base import Invalid
from svc_ads import views
from svc_ads.actions import advertisers, approvals, campaigns, publishing
from svc_ads.models import Campaign, Creative

LIVE = ("active", "paused")


def start(session: Session, campaign_id: str, user_id: str, now: datetime) -> None:
    """Let a draft ask for its budget (`funding`), or let a paused campaign go on; one that runs stays as it is.

    Raises:
        UnknownCampaign: It is none of theirs.
        AdvertiserSuspended: They may not run campaigns.
        CampaignStateInvalid: It is over.
        CampaignNotReady: Something is missing.
    """
    advertisers.demand_active(session, user_id)
    row = campaigns.lock(session, campaign_id, user_id)
    if row.status in ("funding", "active"):
        return
    if row.status not in ("draft", "paused"):
        raise CampaignStateInvalid
    missing = _missing(session, row, now)
    if missing:
        raise CampaignNotReady(missing=missing)
    if row.status == "draft":
        row.status, row.asked_budget = "funding", row.budget
    else:
        row.status = "active"
        publishing.publish(session, row, now)
        approvals.ask(session, row, now)


def _missing(session: Session, row: Campaign, now: datetime) -> list[str]:
    reviews = list(session.scalars(select(Creative.review).where(Creative.campaign_id == row.campaign_id)))
    checks = {"creative": not reviews, "review": "approved" not in reviews, "dates": row.ends_at <= now}
    return [name for name, is_missing in checks.items() if is_missing]


def pause(session: Session, campaign_id: str, user_id: str) -> None:
    """Let a campaign rest; one that rests stays as it is.

    Raises:
        UnknownCampaign: It is none of theirs.
        CampaignStateInvalid: It does not run.
    """
    row = campaigns.lock(session, campaign_id, user_id)
    if row.status == "paused":
        return
    if row.status != "active":
        raise CampaignStateInvalid
    row.status = "paused"
    publishing.stop(session, row, "paused")


def end(session: Session, campaign_id: str, user_id: str) -> None:
    """End a campaign for good; what is left of its budget comes back when all its leases are over.

    Raises:
        UnknownCampaign: It is none of theirs.
        CampaignStateInvalid: It does not run.
    """
    row = campaigns.lock(session, campaign_id, user_id)
    if row.status in ("ending", "ended"):
        return
    if row.status not in LIVE:
        raise CampaignStateInvalid
    begin_ending(session, row, "ended")


def begin_ending(session: Session, row: Campaign, reason: str) -> None:
    """End a locked campaign; servers that have it are told."""
    was_active, row.status = row.status == "active", "ending"
    if was_active:
        publishing.stop(session, row, reason)


def ask_more(session: Session, campaign_id: str, user_id: str, budget: int, now: datetime) -> bool:
    """Note that a campaign that runs shall have a larger budget; tell whether the ledger is to be asked.

    Raises:
        UnknownCampaign: It is none of theirs.
        AdvertiserSuspended: They may not run campaigns.
        CampaignStateInvalid: It does not run.
        Invalid: The budget would become smaller.
    """
    advertisers.demand_active(session, user_id)
    row = campaigns.lock(session, campaign_id, user_id)
    if row.status not in LIVE:
        raise CampaignStateInvalid
    if budget < row.budget:
        raise Invalid("The budget of a campaign that runs only grows.", code="budget_shrinks", field="budget")
    if budget == row.budget:
        return False
    row.asked_budget = max(row.asked_budget, budget)
    return True


def unfunded(session: Session, limit: int) -> list[Campaign]:
    """Return campaigns for whose budget an answer of the ledger is still to be asked for."""
    grows = and_(Campaign.status.in_(LIVE), Campaign.asked_budget > Campaign.budget)
    query = select(Campaign).where(or_(Campaign.status == "funding", grows)).order_by(Campaign.changed_at)
    return list(session.scalars(query.limit(limit)))


def funded(session: Session, campaign_id: str, total: int, now: datetime) -> None:
    """Take up that the ledger set `total` aside: a campaign that waited for it runs, one that runs has more."""
    row = campaigns.lock_any(session, campaign_id)
    if row is None or not (row.status == "funding" or (row.status in LIVE and row.budget < total)):
        return
    if row.status == "funding":
        row.status, row.funded = "active", True
        publishing.publish(session, row, now)
        approvals.ask(session, row, now)
        return
    row.budget, row.asked_budget = total, max(row.asked_budget, total)
    session.flush()
    publishing.publish(session, row, now)


def refused(session: Session, campaign_id: str) -> None:
    """Take up that the prepaid money does not hold the budget: a draft again, or a campaign with the budget it has."""
    row = campaigns.lock_any(session, campaign_id)
    if row is None:
        return
    if row.status == "funding":
        row.status = "draft"
    elif row.status in LIVE:
        row.asked_budget = row.budget


def due_to_begin(session: Session, now: datetime, limit: int) -> list[str]:
    """Return campaigns that run, whose beginning has come, and of which that was not told yet."""
    query = select(Campaign.campaign_id).where(Campaign.status == "active", Campaign.starts_at <= now)
    return list(session.scalars(query.where(Campaign.begun.is_(False)).limit(limit)))


def begin(session: Session, campaign_id: str, now: datetime) -> None:
    """Publish a campaign as one that has begun."""
    row = campaigns.lock_any(session, campaign_id)
    if row is not None and row.status == "active" and not row.begun and row.starts_at <= now:
        publishing.publish(session, row, now)


def due_to_end(session: Session, now: datetime, limit: int) -> list[str]:
    """Return campaigns that run and whose time is over."""
    query = select(Campaign.campaign_id).where(Campaign.status.in_(LIVE), Campaign.ends_at <= now)
    return list(session.scalars(query.order_by(Campaign.ends_at).limit(limit)))


def running(session: Session, after: str | None, limit: int) -> list[Campaign]:
    """Return campaigns that are active, by their ids, after the id `after`."""
    query = select(Campaign).where(Campaign.status == "active").order_by(Campaign.campaign_id)
    if after is not None:
        query = query.where(Campaign.campaign_id > after)
    return list(session.scalars(query.limit(limit)))


def spent(session: Session, found: list[Campaign]) -> list[str]:
    """Return those of the campaigns whose budget is spent."""
    money = views.spending(session, found)
    return [each.campaign_id for each in found if views.is_spent(each, money[each.campaign_id])]


def end_if_over(session: Session, campaign_id: str, now: datetime) -> bool:
    """End a campaign whose time is over or whose budget is spent; tell whether it was so."""
    row = campaigns.lock_any(session, campaign_id)
    if row is None or row.status not in LIVE:
        return False
    if row.ends_at <= now:
        begin_ending(session, row, "over")
    elif views.is_spent(row, views.spending(session, [row])[row.campaign_id]):
        begin_ending(session, row, "spent")
    else:
        return False
    return True


def ending(session: Session, limit: int, after: str | None = None) -> list[Campaign]:
    """Return campaigns that end, by their ids, after the id `after`."""
    query = select(Campaign).where(Campaign.status == "ending").order_by(Campaign.campaign_id)
    if after is not None:
        query = query.where(Campaign.campaign_id > after)
    return list(session.scalars(query.limit(limit)))


def finish(session: Session, campaign_id: str, now: datetime) -> None:
    """Take up that what was left of a campaign's budget is back: it has ended. One that never ran is removed."""
    row = campaigns.lock_any(session, campaign_id)
    if row is None or row.status != "ending":
        return
    if not row.version:
        campaigns.remove(session, row)
        return
    row.status, row.changed_at = "ended", now
