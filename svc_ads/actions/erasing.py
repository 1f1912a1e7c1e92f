"""Removing what is kept of somebody whose account is gone, a piece at a time (docs/adr/0015).

What was shown, viewed and clicked stays for the books, and is nobody's any more. What they decided, gave and hid goes.
An advertiser's campaigns end, and their name and the words of their creatives go; terms and prices stay, because
what was charged must be provable.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select, tuple_, update
from sqlalchemy.orm import Session

from plumbing import idempotency
from plumbing.erasures import Erasures
from svc_ads.actions import campaigns, carrying, running
from svc_ads.models import (
    AdReport,
    Advertiser,
    BilledView,
    Campaign,
    CampaignVersion,
    Click,
    ConsentChange,
    Creative,
    Decision,
    Erasure,
    HiddenCampaign,
    Preference,
    Reviewer,
)

BATCH = 500
_OF_A_PERSON: tuple[Any, ...] = (Preference, ConsentChange, HiddenCampaign, Reviewer)


def _remove_piece(session: Session, erasure: Erasure) -> bool:
    user_id = erasure.user_id
    for remove in (_end_campaign, _forget_words, _forget_shown):
        if remove(session, user_id):
            return True
    _forget_the_rest(session, user_id)
    return False


def _end_campaign(session: Session, user_id: str) -> bool:
    """Remove one of their drafts, or end one of their campaigns."""
    over = (Campaign.advertiser_id == user_id, Campaign.status.in_(("draft", "funding", "active", "paused")))
    campaign_id = session.scalar(select(Campaign.campaign_id).where(*over).limit(1))
    row = campaigns.lock_any(session, campaign_id) if campaign_id else None
    if row is None:
        return False
    if row.status == "draft" and not row.asked_budget:
        campaigns.remove(session, row)
    elif row.status not in ("ending", "ended"):
        running.begin_ending(session, row, "account_erased")
    return True


def _forget_words(session: Session, user_id: str) -> bool:
    """Remove the title, the creatives' words and those of the terms, of one of their campaigns."""
    mine = select(Campaign).where(Campaign.advertiser_id == user_id, Campaign.title != "").limit(1)
    row = session.scalars(mine.with_for_update()).first()
    if row is None:
        return False
    for each in carrying.of_campaign(session, row.campaign_id):
        carrying.let_go(session, each, user_id)
    of_it = Creative.campaign_id == row.campaign_id
    _write(session, update(Creative).where(of_it).values(title="", body="", url="", media_id=None, review_note=None))
    for version in session.scalars(select(CampaignVersion).where(CampaignVersion.campaign_id == row.campaign_id)):
        version.terms = _without_words(version.terms)
    row.title = ""
    return True


def _without_words(terms: dict[str, Any]) -> dict[str, Any]:
    wordless = {"title": "", "body": "", "url": "", "media_id": None}
    shown = [{**each, **wordless} for each in terms["creatives"]]
    return {**terms, "advertiser": "", "advertiser_channel_id": None, "creatives": shown}


def _forget_shown(session: Session, user_id: str) -> bool:
    """Let some of what they were shown, viewed, clicked and reported be nobody's."""
    removed = 0
    for table, *keys in (
        (Decision, "channel_id", "decision_id"),
        (BilledView, "campaign_id", "decision_id"),
        (Click, "campaign_id", "decision_id"),
        (AdReport, "campaign_id", "decision_id"),
    ):
        columns = table.__table__.c
        place = tuple_(*(columns[key] for key in keys))
        some = select(*(columns[key] for key in keys)).where(columns.person_id == user_id).limit(BATCH)
        words = {"note": ""} if table is AdReport else {}
        removed += _write(session, update(table).where(place.in_(some)).values(person_id=None, **words))
    return removed > 0


def _write(session: Session, statement: Any) -> int:
    done: Any = session.execute(statement.execution_options(synchronize_session=False))
    return int(done.rowcount)


def _forget_the_rest(session: Session, user_id: str) -> None:
    for table in _OF_A_PERSON:
        _write(session, delete(table).where(table.user_id == user_id))
    named = update(Advertiser).where(Advertiser.user_id == user_id)
    _write(session, named.values(name="", website=None, channel_id=None, suspended=True))
    idempotency.forget(session, user_id)


erasures = Erasures(Erasure, "ads:account_erased", _remove_piece)
