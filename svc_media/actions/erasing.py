"""Removing the files of somebody whose account is gone, a batch at a time; each batch is a transaction.

Files themselves go when nobody else holds them (`orphans.collect_blobs`).
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from contracts.auth import AccountErased
from plumbing.inbox import inbox_once
from plumbing.tables import idempotent_calls_table
from svc_media.actions import quotas, removing, storing
from svc_media.models import Attachment, Base, Erasure, Holding, Media, Quota, Upload

BATCH = 50
_calls = idempotent_calls_table(Base.metadata)


def begin(session: Session, event: AccountErased) -> None:
    """Note that somebody's files are to be removed; told again it changes nothing."""
    if inbox_once(session, "media:account_erased", event.event_id):
        values = {"user_id": event.user_id, "begun_at": datetime.now(UTC)}
        session.execute(insert(Erasure).values(values).on_conflict_do_nothing())


def waiting(session: Session, limit: int) -> list[str]:
    """Return up to `limit` people whose files are still to be removed, the longest waiting first."""
    return list(session.scalars(select(Erasure.user_id).order_by(Erasure.begun_at).limit(limit)))


def erase_batch(session: Session, user_id: str) -> bool:
    """Remove some of somebody's media and uploads; False where nothing is left, or another process is at it."""
    erasure = session.get(Erasure, user_id, with_for_update={"skip_locked": True}, populate_existing=True)
    if erasure is None:
        return False
    if _end_uploads(session, user_id) or _delete_media(session, user_id):
        return True
    for table in (Attachment, Upload):
        session.execute(delete(table).where(table.owner_id == user_id))
    for held in (Holding, Quota):
        session.execute(delete(held).where(held.user_id == user_id))
    session.execute(delete(_calls).where(_calls.c.person_id == user_id))
    session.delete(erasure)
    return True


def _end_uploads(session: Session, user_id: str) -> int:
    mine = select(Upload).where(Upload.owner_id == user_id).order_by(Upload.id).limit(BATCH).with_for_update()
    found = session.scalars(mine.execution_options(populate_existing=True)).all()
    for upload in found:
        removing.remove(session, user_id, upload.id)
        quotas.release(session, user_id, upload.reserved)
        session.delete(upload)
        if not upload.stored:
            storing.forget_files(upload)  # nobody can write to it any more: the row is locked
    session.flush()
    return len(found)


def _delete_media(session: Session, user_id: str) -> int:
    found = session.scalars(select(Media.id).where(Media.owner_id == user_id).order_by(Media.id).limit(BATCH)).all()
    for media_id in found:
        removing.delete_media(session, user_id, media_id)
    return len(found)
