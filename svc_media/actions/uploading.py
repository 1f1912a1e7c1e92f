"""Uploads as tus knows them: rows that say how many bytes are surely on the disk. No HTTP here.

The id of an upload is the id of the media that it becomes; a partial upload becomes part of another one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from contracts.base import new_id
from contracts.media import (
    MAX_NAME,
    ConcatenationInvalid,
    MediaTooLarge,
    OffsetMismatch,
    TooManyUploads,
    UnknownUpload,
    UploadExpired,
    UploadLengthInvalid,
)
from svc_media.actions import quotas, removing
from svc_media.models import Media, Upload
from svc_media.options import options

MAX_PARTS = 100
_MAX_MIME = 100
_MAX_FACTS, _MAX_FACT = 20, 500


def begin(
    session: Session,
    owner_id: str,
    *,
    length: int | None,
    partial: bool = False,
    metadata: Mapping[str, str] | None = None,
) -> Upload:
    """Begin an upload; its bytes are set aside in the owner's quota as soon as their number is known.

    Args:
        session: A transaction.
        owner_id: Who uploads.
        length: In bytes; None where the client says it later.
        partial: The upload becomes part of another one.
        metadata: What the client says of the file; `filename` and `filetype` are used.

    Raises:
        MediaTooLarge, QuotaExceeded, TooManyUploads: It is not taken.
    """
    quotas.lock(session, owner_id)  # the first lock of whoever begins: the count below is exact
    _demand_few(session, owner_id)
    if length is not None:
        _set_aside(session, owner_id, length)
    upload = Upload(
        owner_id=owner_id,
        id=new_id(),
        length=length,
        offset=0,
        partial=partial,
        metadata_=_storable(metadata),
        reserved=length or 0,
        expires_at=_expiry(),
    )
    session.add(upload)
    if not partial:
        session.add(_media_of(upload))
    session.flush()
    return upload


def begin_final(
    session: Session, owner_id: str, *, part_ids: Sequence[str], metadata: Mapping[str, str] | None = None
) -> Upload:
    """Begin, and at once complete, an upload that is put together from finished partial ones.

    The parts' rows and reservations go over to it. Asked again it is the same upload.

    Raises:
        ConcatenationInvalid: A part is unknown, another's, not partial, unfinished or named twice.
        MediaTooLarge: Together they are too large.
    """
    upload_id = _id_of_final(part_ids)
    known = session.get(Upload, (owner_id, upload_id))
    if known is not None:
        return known
    parts = _parts(session, owner_id, part_ids)
    length = sum(part.length or 0 for part in parts)
    if length > options().max_bytes:
        raise MediaTooLarge(limit_bytes=options().max_bytes)
    upload = Upload(
        owner_id=owner_id,
        id=upload_id,
        length=length,
        offset=length,
        partial=False,
        parts=[part.id for part in parts],
        metadata_=_storable(metadata),
        reserved=length,
        expires_at=_expiry(),
    )
    session.execute(delete(Upload).where(Upload.owner_id == owner_id, Upload.id.in_(part_ids)))
    session.add_all((upload, _media_of(upload)))
    session.flush()
    return upload


def find(session: Session, upload_id: str, owner_id: str) -> Upload:
    """Return a person's upload; one that is stored already is found until it expires.

    Raises:
        UnknownUpload: It is not theirs, is over, or (`UploadExpired`) has expired.
    """
    return _alive(session.get(Upload, (owner_id, upload_id), populate_existing=True))


def lock(session: Session, upload_id: str, owner_id: str) -> Upload:
    """Return a person's upload, locked.

    Raises:
        UnknownUpload: It is not theirs, is over, or (`UploadExpired`) has expired.
    """
    key = (owner_id, upload_id)
    return _alive(session.get(Upload, key, with_for_update=True, populate_existing=True))


def declare_length(session: Session, upload_id: str, owner_id: str, length: int) -> Upload:
    """Say how long an upload is that began without a length; the same again does nothing.

    Raises:
        UnknownUpload, UploadLengthInvalid, MediaTooLarge, QuotaExceeded: It is not taken.
    """
    upload = lock(session, upload_id, owner_id)
    if upload.length == length:
        return upload
    if upload.length is not None or length < upload.offset:
        raise UploadLengthInvalid
    quotas.release(session, owner_id, upload.reserved)
    _set_aside(session, owner_id, length)
    upload.length, upload.reserved = length, length
    session.flush()
    return upload


def advance(session: Session, upload_id: str, owner_id: str, *, start: int, end: int) -> Upload:
    """Note that the bytes from `start` up to, not with, `end` are synced to the upload's file.

    Raises:
        UnknownUpload: It is over, or has expired.
        OffsetMismatch: The upload stands elsewhere than at `start`.
        UploadLengthInvalid: They are more than its length.
        MediaTooLarge, QuotaExceeded: An upload without a length has become too large.
    """
    upload = lock(session, upload_id, owner_id)
    if upload.offset != start or end < start:
        raise OffsetMismatch(offset=upload.offset)
    if upload.length is None:
        _set_aside(session, owner_id, end - start, total=end)
        upload.reserved += end - start
    elif end > upload.length:
        raise UploadLengthInvalid
    upload.offset = end
    upload.expires_at = _expiry()
    session.flush()
    return upload


def is_complete(upload: Upload) -> bool:
    """Tell whether every byte came."""
    return upload.length is not None and upload.offset == upload.length


def end(session: Session, upload_id: str, owner_id: str) -> None:
    """End an upload before it is stored; one that is over already is no error, and its media stays.

    Its file is the caller's to remove after the commit; a forgotten one is collected.
    """
    upload = session.get(Upload, (owner_id, upload_id), with_for_update=True, populate_existing=True)
    if upload is None or upload.stored:
        return
    if not upload.partial:
        removing.remove(session, owner_id, upload_id)
    quotas.release(session, owner_id, upload.reserved)
    session.delete(upload)
    session.flush()


def _alive(upload: Upload | None) -> Upload:
    if upload is None:
        raise UnknownUpload
    if upload.expires_at <= datetime.now(UTC):
        raise UploadExpired
    return upload


def _demand_few(session: Session, owner_id: str) -> None:
    mine = select(func.count()).select_from(Upload).where(Upload.owner_id == owner_id, ~Upload.stored)
    count = session.scalar(mine) or 0
    if count >= options().max_uploads:
        raise TooManyUploads(retry_after_s=60)


def _set_aside(session: Session, owner_id: str, size: int, total: int | None = None) -> None:
    if (size if total is None else total) > options().max_bytes:
        raise MediaTooLarge(limit_bytes=options().max_bytes)
    quotas.reserve(session, owner_id, size)


def _parts(session: Session, owner_id: str, part_ids: Sequence[str]) -> list[Upload]:
    mine = select(Upload).where(Upload.owner_id == owner_id, Upload.id.in_(part_ids)).order_by(Upload.id)
    found = {part.id: part for part in session.scalars(mine.with_for_update())}
    if len(found) != len(part_ids) or not all(part.partial and is_complete(part) for part in found.values()):
        raise ConcatenationInvalid
    return [found[part_id] for part_id in part_ids]


def _id_of_final(part_ids: Sequence[str]) -> str:
    """Return the id of what these parts become: the same each time, and as old as its first part."""
    if not 1 <= len(part_ids) <= MAX_PARTS or len(set(part_ids)) != len(part_ids):
        raise ConcatenationInvalid
    digest = hashlib.sha256("".join(part_ids).encode()).hexdigest()
    first = part_ids[0].replace("-", "")
    return str(UUID(f"{first[:12]}7{digest[:3]}8{digest[3:18]}"))


def _storable(metadata: Mapping[str, str] | None) -> dict[str, str]:
    """Return what can be kept of what a client says: no control characters, nothing long."""
    pairs = list((metadata or {}).items())[:_MAX_FACTS]
    return {name[:_MAX_FACT]: "".join(filter(str.isprintable, value))[:_MAX_FACT] for name, value in pairs}


def _media_of(upload: Upload) -> Media:
    name, mime = (str(upload.metadata_.get(each, "")) for each in ("filename", "filetype"))
    return Media(
        owner_id=upload.owner_id,
        id=upload.id,
        kind="file",
        state="uploading",
        name=name[-MAX_NAME:],
        declared_mime=mime[:_MAX_MIME],
        mime=mime[:_MAX_MIME],
        size=upload.length or 0,
    )


def _expiry() -> datetime:
    return datetime.now(UTC) + timedelta(seconds=options().upload_ttl_s)
