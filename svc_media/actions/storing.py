"""From an upload's file to the storage, in steps that each may be the last before the power goes.

1. Parts are joined, the file is trimmed to the bytes that were acknowledged, looked at and hashed.
2. A row announces the blob (commit), then the file is stored.
3. One transaction: the person holds the blob, the reservation goes, the media waits for its processing,
   and its events are in the outbox.
4. The upload's own file is removed.

Whoever repeats `store` goes on where it broke off; what was left lying about is the orphan collector's.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from contracts.media import MediaGone, MediaStored, OffsetMismatch, UnknownMedia, UnknownUpload, VideoQueued
from plumbing.database import Transactions
from plumbing.outbox import record_events
from svc_media import live, metrics
from svc_media.actions import blobs, finishing, quotas, uploading
from svc_media.models import Media, Upload
from svc_media.places import upload_path
from svc_media.processing.refusals import Refused
from svc_media.storage import Storage
from svc_media.writing import Writer

Outcome = TypeVar("Outcome")

_ATTEMPTS = 3


class Sniffed(Protocol):
    """What looking at a file tells: what it is for people, and its real type."""

    @property
    def kind(self) -> str:
        """Return a `contracts.media.MediaKind`."""

    @property
    def mime(self) -> str:
        """Return the type by content."""


class Sniff(Protocol):
    """Looks at a local file; raises `Refused` where it is not taken."""

    def __call__(self, path: Path, declared: str, /) -> Sniffed:
        """Return what the file is, of which its sender says that it is `declared`."""


@dataclass(frozen=True, slots=True)
class _Ready:
    path: Path
    sha256: str
    size: int
    sniffed: Sniffed


def _here(work: Callable[[], Outcome]) -> Outcome:
    return work()


def store(
    db: Transactions,
    push: Any,
    files: Storage,
    upload_id: str,
    *,
    sniff: Sniff,
    offload: Callable[[Callable[[], Any]], Any] = _here,
    sha256: str | None = None,
) -> Media:
    """Store a complete upload and return its media: `queued`, or `failed` where the file is refused.

    Args:
        db: The database; not within a transaction.
        push: Where live frames go.
        files: The storage.
        upload_id: The upload, which is also the media.
        sniff: Looks at the file.
        offload: Runs what takes long and talks to no database, e.g. hashing, in a thread.
        sha256: The digest, where it was made while the bytes came in; the file is not read for it again.

    Raises:
        UnknownUpload: There is none, or it is partial.
        OffsetMismatch: Bytes are missing.
        StorageAway: The storage does not answer; ask again later.
    """
    writer = Writer(db, push)
    upload, media = _load(db, upload_id)
    if upload is None or upload.stored:
        return media
    try:
        ready = offload(partial(_prepare, upload, sniff, sha256))
        media = _put(writer, files, upload, ready)
    except Refused as refusal:
        media = writer.write(partial(_refuse, upload=upload, code=refusal.code))
    except FileNotFoundError:
        upload, media = _load(db, upload_id)
        if upload is None or upload.stored:
            return media  # a twin has stored it and removed the file
        raise
    forget_files(upload)
    return media


def _put(writer: Writer, files: Storage, upload: Upload, ready: _Ready) -> Media:
    for attempt in range(1, _ATTEMPTS + 1):
        blobs.put(writer.db, files, ready.path, ready.sha256)
        try:
            media = writer.write(lambda session: _note_stored(session, files, upload, ready))
        except blobs.BlobGone:
            if attempt == _ATTEMPTS:
                raise
            continue
        metrics.STORED_BYTES.labels(media.kind).inc(ready.size)
        return media
    raise AssertionError("unreachable")


def retry(session: Session, owner_id: str, media_id: str) -> Media:
    """Have a media that failed processed again; one that did not fail stays as it is.

    Raises:
        UnknownMedia: It is not theirs.
        MediaGone: Its bytes were refused before they were stored.
    """
    media = session.get(Media, (owner_id, media_id), with_for_update=True, populate_existing=True)
    if media is None:
        raise UnknownMedia
    if media.state != "failed":
        return media
    if media.sha256 is None:
        raise MediaGone
    media.attempts, media.error = 0, None
    finishing.change(media, state="queued")
    session.flush()
    record_events(session, _events(media))
    live.tell_changed(session, media)
    return media


def forget_files(upload: Upload) -> None:
    """Remove what an upload, and the parts that it was made of, grew in."""
    for name in (upload.id, *(upload.parts or ())):
        upload_path(name).unlink(missing_ok=True)


def _load(db: Transactions, upload_id: str) -> tuple[Upload | None, Media]:
    with db.reading() as session:
        upload = session.scalar(select(Upload).where(Upload.id == upload_id))
        media = session.scalar(select(Media).where(Media.id == upload_id))
    if media is None:
        raise UnknownUpload
    if upload is not None and not uploading.is_complete(upload):
        raise OffsetMismatch(offset=upload.offset)
    return upload, media


def _prepare(upload: Upload, sniff: Sniff, sha256: str | None) -> _Ready:
    path = upload_path(upload.id)
    size = upload.length or 0
    if upload.parts:
        _join(upload.parts, path, size)
    elif path.stat().st_size > size:
        os.truncate(path, size)  # bytes of a PATCH that was never acknowledged
    found = path.stat().st_size
    if found != size:
        raise OSError(f"upload {upload.id} has {found} bytes and not {size}")
    return _Ready(path, sha256 or blobs.digest_of(path), size, sniff(path, upload.metadata_.get("filetype", "")))


def _join(part_ids: list[str], path: Path, size: int) -> None:
    if path.exists() and path.stat().st_size == size:
        return  # joined before, and not yet stored
    making = path.with_suffix(".joining")
    with making.open("wb") as whole:
        for part_id in part_ids:
            with upload_path(part_id).open("rb") as part:
                shutil.copyfileobj(part, whole, 1024 * 1024)
        whole.flush()
        os.fsync(whole.fileno())
    making.replace(path)


def _note_stored(session: Session, files: Storage, upload: Upload, ready: _Ready) -> Media:
    locked, media = _lock(session, upload)
    if locked is None or locked.stored:
        return media  # a twin was faster
    quotas.release(session, media.owner_id, locked.reserved)
    quotas.hold(session, files, media.owner_id, [(ready.sha256, ready.size)])
    locked.stored, locked.reserved = True, 0
    media.sha256, media.size = ready.sha256, ready.size
    media.kind, media.mime = ready.sniffed.kind, ready.sniffed.mime
    finishing.change(media, state="queued")
    session.flush()
    record_events(session, _events(media))
    live.tell_changed(session, media)
    return media


def _refuse(session: Session, upload: Upload, code: str) -> Media:
    locked, media = _lock(session, upload)
    if locked is None or locked.stored:
        return media
    quotas.release(session, media.owner_id, locked.reserved)
    locked.stored, locked.reserved = True, 0
    finishing.set_failed(session, media, code)
    return media


def _lock(session: Session, upload: Upload) -> tuple[Upload | None, Media]:
    key = (upload.owner_id, upload.id)
    locked = session.get(Upload, key, with_for_update=True, populate_existing=True)
    media = session.get(Media, key, with_for_update=True, populate_existing=True)
    if media is None:
        raise UnknownUpload  # it was ended meanwhile
    return locked, media


def _events(media: Media) -> list[MediaStored | VideoQueued]:
    of_media = finishing.facts(media)
    found: list[MediaStored | VideoQueued] = [MediaStored(**of_media)]
    if media.kind == "video":
        found.append(VideoQueued(**of_media))
    return found
