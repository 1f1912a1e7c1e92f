"""What svc_ads keeps of a person, page by page, for their copy of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from contracts.clock import rfc3339
from plumbing.rows import Plain, page_of
from svc_ads.models import (
    AdReport,
    Advertiser,
    Approval,
    Base,
    BilledView,
    Campaign,
    Channel,
    Click,
    ConsentChange,
    Creative,
    Decision,
    HiddenCampaign,
    Preference,
)

PAGE = 500
Cursor = list[str | int] | None
Found = tuple[list[Plain], Cursor]

#: What only says how far some work has come.
_INTERNAL = frozenset({"looked_up_at", "ad_free_version", "settings_version", "reviewer_id", "changes", "lease_id"})


def list_own(session: Session, user_id: str, section: str, after: Cursor) -> Found:
    """Return a page of one of the `SECTIONS`, and where the next one begins."""
    return SECTIONS[section](session, user_id, after)


def _rows(table: type[Base], owner: str, *keys: str) -> Callable[[Session, str, Cursor], Found]:
    def found(session: Session, user_id: str, after: Cursor) -> Found:
        columns: Any = table.__table__
        return page_of(session, columns, [columns.c[owner] == user_id], keys, after, PAGE, _INTERNAL)

    return found


def _consents(session: Session, user_id: str, _after: Cursor) -> Found:
    """Return all of them: who changes their mind five hundred times is told of the last ones."""
    mine = select(ConsentChange).where(ConsentChange.user_id == user_id)
    rows = session.scalars(mine.order_by(ConsentChange.at.desc()).limit(PAGE))
    return [{"at": rfc3339(row.at), "consent": row.consent} for row in rows], None


def _of_campaigns(table: Any, *keys: str) -> Callable[[Session, str, Cursor], Found]:
    def found(session: Session, user_id: str, after: Cursor) -> Found:
        columns: Any = table.__table__
        mine = select(Campaign.campaign_id).where(Campaign.advertiser_id == user_id)
        return page_of(session, columns, [columns.c.campaign_id.in_(mine)], keys, after, PAGE, _INTERNAL)

    return found


def _approvals(session: Session, user_id: str, after: Cursor) -> Found:
    columns: Any = Approval.__table__
    mine = select(Channel.channel_id).where(Channel.owner_id == user_id)
    keys = ("channel_id", "campaign_id")
    return page_of(session, columns, [columns.c.channel_id.in_(mine)], keys, after, PAGE, _INTERNAL)


SECTIONS: dict[str, Callable[[Session, str, Cursor], Found]] = {
    "preferences": _rows(Preference, "user_id", "user_id"),
    "consents": _consents,
    "hidden_campaigns": _rows(HiddenCampaign, "user_id", "campaign_id"),
    "decisions": _rows(Decision, "person_id", "channel_id", "decision_id"),
    "views": _rows(BilledView, "person_id", "campaign_id", "decision_id"),
    "clicks": _rows(Click, "person_id", "campaign_id", "decision_id"),
    "reports": _rows(AdReport, "person_id", "campaign_id", "decision_id"),
    "advertiser": _rows(Advertiser, "user_id", "user_id"),
    "campaigns": _rows(Campaign, "advertiser_id", "campaign_id"),
    "creatives": _of_campaigns(Creative, "campaign_id", "creative_id"),
    "channels": _rows(Channel, "owner_id", "channel_id"),
    "approvals": _approvals,
}
