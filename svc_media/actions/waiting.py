"""What waits for somebody who may have died."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from svc_media.models import Media, Upload
from svc_media.options import options

BATCH = 200


def lost_media(session: Session, after_s: float) -> Sequence[Media]:
    """Return media that wait for processing, and that nothing has happened to for so many seconds."""
    before = datetime.now(UTC) - timedelta(seconds=after_s)
    lost = select(Media).where(Media.state.in_(("queued", "processing")), Media.changed_at <= before)
    return session.scalars(lost.order_by(Media.changed_at).limit(BATCH)).all()


def renew(session: Session, media_id: str) -> None:
    """Note that a media was handed over again."""
    session.execute(update(Media).where(Media.id == media_id).values(changed_at=datetime.now(UTC)))


def unstored(session: Session, after_s: float) -> list[str]:
    """Return uploads whose last byte came so many seconds ago, and which were not stored."""
    # An upload expires its whole life after its last byte, which so tells when that came.
    before = datetime.now(UTC) + timedelta(seconds=options().upload_ttl_s - after_s)
    whole = (Upload.length == Upload.offset) & ~Upload.partial & ~Upload.stored & (Upload.expires_at <= before)
    return list(session.scalars(select(Upload.id).where(whole).limit(BATCH)))
