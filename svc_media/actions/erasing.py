"""Removing the files of somebody whose account is gone, a batch at a time; each batch is a transaction.

Files themselves go when nobody else holds them (`orphans.collect_blobs`).
"""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from plumbing import idempotency
from plumbing.erasures import Erasures
from svc_media.actions import quotas, removing, storing
from svc_media.models import Attachment, Erasure, Holding, Media, Quota, Upload

BATCH = 50


def _remove_piece(session: Session, erasure: Erasure) -> bool:
    user_id = erasure.user_id
    if _end_uploads(session, user_id) or _delete_media(session, user_id):
        return True
    for table in (Attachment, Upload):
        session.execute(delete(table).where(table.owner_id == user_id))
    for held in (Holding, Quota):
        session.execute(delete(held).where(held.user_id == user_id))
    idempotency.forget(session, user_id)
    return False


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


erasures = Erasures(Erasure, "media:account_erased", _remove_piece)
