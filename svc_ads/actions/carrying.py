"""Telling svc_media which media creatives carry. The campaign's lock keeps the order of `Creative.changes`."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from contracts.ads import AdCreativeChanged
from plumbing.outbox import record_event
from svc_ads.models import Creative


def tell(session: Session, row: Creative, owner_id: str) -> None:
    """Tell which media a creative carries now."""
    event = AdCreativeChanged(
        creative_id=row.creative_id, version=row.changes, owner_id=owner_id, media_id=row.media_id
    )
    record_event(session, event)


def let_go(session: Session, row: Creative, owner_id: str) -> None:
    """Let a creative carry no media any more."""
    if row.media_id is not None:
        row.media_id, row.changes = None, row.changes + 1
        tell(session, row, owner_id)


def of_campaign(session: Session, campaign_id: str) -> Iterable[Creative]:
    """Return the creatives of a campaign."""
    return session.scalars(select(Creative).where(Creative.campaign_id == campaign_id)).all()
