"""Taking a media away, with everything that was made of it."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from svc_media import live
from svc_media.actions import quotas
from svc_media.models import Attachment, Media, Upload, Variant


def remove(session: Session, owner_id: str, media_id: str) -> bool:
    """Delete a media of a person; False where there is none. Its upload, if one runs, is for `uploading.end`."""
    media = session.get(Media, (owner_id, media_id), with_for_update=True, populate_existing=True)
    if media is None:
        return False
    live.tell_removed(session, media)
    release_files(session, media)
    of_media = (owner_id, media_id)
    session.execute(delete(Attachment).where(Attachment.owner_id == of_media[0], Attachment.media_id == of_media[1]))
    session.delete(media)
    session.flush()
    return True


def delete_media(session: Session, owner_id: str, media_id: str) -> None:
    """Delete a media of a person at whatever stage it is; one that is gone is no error."""
    upload = session.get(Upload, (owner_id, media_id), with_for_update=True, populate_existing=True)
    remove(session, owner_id, media_id)
    if upload is not None:
        quotas.release(session, owner_id, upload.reserved)
        session.delete(upload)
        session.flush()


def release_files(session: Session, media: Media) -> None:
    """Let go of the bytes and of all variants of a locked media."""
    dropped = drop_variants(session, media)
    if media.sha256 is not None:
        dropped = [*dropped, media.sha256]
        media.sha256 = None
    quotas.let_go(session, media.owner_id, dropped)


def drop_variants(session: Session, media: Media, names: Iterable[str] | None = None) -> list[str]:
    """Delete a media's variants (those named, or all) and return the digests to let go of."""
    of_media = (Variant.owner_id == media.owner_id) & (Variant.media_id == media.id)
    if names is not None:
        of_media &= Variant.name.in_(list(names))
    return list(session.scalars(delete(Variant).where(of_media).returning(Variant.sha256)))


def find_owner(session: Session, media_id: str) -> str | None:
    """Return whose media that is."""
    return session.scalar(select(Media.owner_id).where(Media.id == media_id))
