"""What people decided about ads: consent and its history, what they gave, and what they do not want to see."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from contracts.ads import AdPreferencesView, Consent
from contracts.clock import rfc3339
from contracts.payments import EntitlementChanged
from svc_ads import views
from svc_ads.models import Advertiser, Campaign, ConsentChange, HiddenCampaign, Preference

#: How old the topics of followed channels may become.
FRESH = timedelta(days=1)
MAX_HIDDEN = 500


def view(session: Session, user_id: str, now: datetime) -> AdPreferencesView:
    """Return what somebody decided, and everything that is used for it; nobody was asked who never answered."""
    row = session.get(Preference, user_id, populate_existing=True)
    if row is None:
        row = Preference(user_id=user_id, consent="unasked", interests=[], removed_topics=[], followed_topics=[])
    free = bool(row.ad_free) and (row.ad_free_until is None or row.ad_free_until > now)
    return {
        "consent": cast(Consent, row.consent),
        "asked": row.consent != "unasked",
        "region": row.region,
        "interests": row.interests,
        "followed_topics": row.followed_topics,
        "removed_topics": row.removed_topics,
        "hidden": _hidden(session, user_id),
        "ad_free_until": views.optional_time(row.ad_free_until) if free else None,
        "ad_free": free,
    }


def _hidden(session: Session, user_id: str) -> list[dict[str, str]]:
    query = (
        select(HiddenCampaign, Advertiser.name)
        .join(Campaign, Campaign.campaign_id == HiddenCampaign.campaign_id)
        .join(Advertiser, Advertiser.user_id == Campaign.advertiser_id)
        .where(HiddenCampaign.user_id == user_id)
        .order_by(HiddenCampaign.at.desc(), HiddenCampaign.campaign_id)
        .limit(MAX_HIDDEN)
    )
    rows = session.execute(query)
    return [{"campaign_id": row.campaign_id, "advertiser": name, "at": rfc3339(row.at)} for row, name in rows]


def save(session: Session, user_id: str, changes: dict[str, Any], now: datetime) -> datetime | None:
    """Take up what somebody decides; return `now` where topics of channels that they follow are to be looked up.

    Who takes their consent back is forgotten at once: nothing of what they follow is left.
    """
    row = _lock(session, user_id, now)
    before = row.consent
    for name, value in changes.items():
        setattr(row, name, value)
    row.changed_at = now
    if row.consent != before:
        row.followed_topics, row.looked_up_at = [], None
        session.add(ConsentChange(user_id=user_id, at=now, consent=row.consent))
    return now if row.consent == "personal" and row.looked_up_at is None else None


def _lock(session: Session, user_id: str, now: datetime) -> Preference:
    first = insert(Preference).values(user_id=user_id, consent="unasked", changed_at=now)
    session.execute(first.on_conflict_do_nothing())
    row = session.get(Preference, user_id, populate_existing=True, with_for_update=True)
    if row is None:
        raise LookupError(f"the preferences of {user_id} have gone")
    return row


def to_look_up(session: Session, now: datetime, limit: int) -> list[tuple[str, datetime]]:
    """Return people, with their last change, who consented and whose topics were not looked up for a day."""
    stale = or_(Preference.looked_up_at.is_(None), Preference.looked_up_at < now - FRESH)
    query = select(Preference.user_id, Preference.changed_at).where(Preference.consent == "personal", stale)
    rows = session.execute(query.order_by(Preference.looked_up_at.nulls_first()).limit(limit))
    return [(user_id, changed_at) for user_id, changed_at in rows]


def keep_topics(session: Session, user_id: str, topics: list[str], changed_at: datetime, now: datetime) -> bool:
    """Keep the topics of public channels that somebody follows; tell whether they were kept.

    They are not where the person has changed anything since they were asked for: they may have said no.
    """
    here = (Preference.user_id == user_id, Preference.consent == "personal", Preference.changed_at == changed_at)
    kept = update(Preference).where(*here).values(followed_topics=topics, looked_up_at=now)
    return session.execute(kept).rowcount > 0  # type: ignore[attr-defined]


def hide(session: Session, user_id: str, campaign_id: str, now: datetime) -> None:
    """Show somebody a campaign no more."""
    row = insert(HiddenCampaign).values(user_id=user_id, campaign_id=campaign_id, at=now)
    session.execute(row.on_conflict_do_nothing())


def unhide(session: Session, user_id: str, campaign_id: str) -> None:
    """Let a campaign be shown to somebody again."""
    gone = delete(HiddenCampaign).where(HiddenCampaign.user_id == user_id, HiddenCampaign.campaign_id == campaign_id)
    session.execute(gone)


def hear_ad_free(session: Session, event: EntitlementChanged, now: datetime) -> None:
    """Take up whether somebody pays for being shown no ads; the newest version counts."""
    until = None if event.until is None else datetime.fromisoformat(event.until)
    facts = {"ad_free": event.active, "ad_free_until": until, "ad_free_version": event.version}
    row = insert(Preference).values(user_id=event.user_id, consent="unasked", changed_at=now, **facts)
    newer = row.on_conflict_do_update(
        index_elements=["user_id"], set_=facts, where=Preference.ad_free_version < event.version
    )
    session.execute(newer)


def told_of_ad_free(session: Session, after: str | None, limit: int) -> list[tuple[str, int]]:
    """Return (person, version) of those of whom svc_payments ever told, by their ids, after the id `after`."""
    query = select(Preference.user_id, Preference.ad_free_version).where(Preference.ad_free_version > 0)
    if after is not None:
        query = query.where(Preference.user_id > after)
    return [(user_id, version) for user_id, version in session.execute(query.order_by(Preference.user_id).limit(limit))]


def repair_ad_free(session: Session, user_id: str, version: int, *, active: bool, until: datetime | None) -> bool:
    """Correct what is known of somebody by what the ledger says, unless it was told meanwhile; tell whether it was."""
    same = (Preference.ad_free == active) & Preference.ad_free_until.is_not_distinct_from(until)
    here = (Preference.user_id == user_id, Preference.ad_free_version == version, ~same)
    mended = update(Preference).where(*here).values(ad_free=active, ad_free_until=until)
    return session.execute(mended).rowcount > 0  # type: ignore[attr-defined]
