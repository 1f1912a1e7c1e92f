"""By which posts campaigns were announced to the followers of their brands."""

from __future__ import annotations

from sqlalchemy import update
from sqlalchemy.orm import Session

from svc_ads.models import Campaign


def keep(session: Session, campaign_id: str, post_id: str) -> None:
    """Remember a campaign's post; the first one counts, told again it changes nothing."""
    here = (Campaign.campaign_id == campaign_id, Campaign.announced_post_id.is_(None))
    session.execute(update(Campaign).where(*here).values(announced_post_id=post_id))
