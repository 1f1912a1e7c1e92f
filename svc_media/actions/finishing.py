"""What processing writes: progress, variants, and the one end that each media comes to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from contracts.media import ORIGINAL, MediaFailed, MediaProcessed, VideoQueued
from plumbing.database import Transactions
from plumbing.outbox import record_event
from svc_media import live, metrics
from svc_media.actions import blobs, quotas, removing
from svc_media.models import Media, Variant
from svc_media.storage import Storage, storage

#: Processing is begun at most so often: a file that kills its worker each time is given up.
MAX_ATTEMPTS = 5
_OPEN = ("queued", "processing")


class Result(Protocol):
    """What a media turned out to be (`svc_media.processing`)."""

    @property
    def kind(self) -> str:
        """Return a `contracts.media.MediaKind`."""

    @property
    def mime(self) -> str:
        """Return the type of its bytes."""

    @property
    def width(self) -> int | None:
        """Return pixels across."""

    @property
    def height(self) -> int | None:
        """Return pixels down."""

    @property
    def duration_s(self) -> float | None:
        """Return its length in seconds."""

    @property
    def thumbhash(self) -> str | None:
        """Return a ThumbHash in base64."""

    @property
    def waveform(self) -> list[int] | None:
        """Return loudness from 0 to 100 of equal stretches."""

    @property
    def pages(self) -> int | None:
        """Return how many pages it has."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that was made of a media and lies in the storage, not yet held by anybody."""

    name: str
    mime: str
    width: int | None
    height: int | None
    size: int
    sha256: str


def begin(session: Session, media_id: str) -> Media | None:
    """Begin to process a media; None where there is nothing (more) to do."""
    media = _lock(session, media_id)
    if media is None or media.state not in _OPEN:
        return None
    if media.attempts >= MAX_ATTEMPTS:
        set_failed(session, media, "processing_failed")
        return None
    media.attempts += 1
    change(media, state="processing")
    live.tell_changed(session, media)
    return media


def hand_on_film(session: Session, media_id: str, mime: str) -> None:
    """Let what was taken for a sound wait with the films; nothing where it came to an end before."""
    media = _lock(session, media_id)
    if media is None or media.state not in _OPEN:
        return
    media.kind, media.mime = "video", mime
    change(media, state="queued")
    session.flush()
    record_event(session, VideoQueued(**facts(media)))
    live.tell_changed(session, media)


def facts(media: Media) -> dict[str, Any]:
    """Return what events say of a media that waits for its processing."""
    return {
        "media_id": media.id,
        "owner_id": media.owner_id,
        "kind": media.kind,
        "ver": media.ver,
        "mime": media.mime,
        "size": media.size,
    }


def note_progress(session: Session, media_id: str, percent: int) -> None:
    """Show how far processing is, 0 to 100; nothing where it is over."""
    media = _lock(session, media_id)
    if media is not None and media.state == "processing":
        media.progress = max(0, min(100, percent))
        change(media)
        live.tell_changed(session, media)


def keep_files(
    db: Transactions,
    files: Storage,
    made: Iterable[tuple[str, Path, str, int | None, int | None]],
) -> list[Kept]:
    """Store files (`name`, local path, mime, width, height) that were made of a media.

    Not within a transaction. Unless `finish` or `add_variants` follows within the orphan collector's
    grace they are collected again.
    """
    kept = []
    for name, path, mime, width, height in made:
        sha256 = blobs.digest_of(path)
        blobs.put(db, files, path, sha256)
        kept.append(Kept(name, mime, width, height, path.stat().st_size, sha256))
    return kept


def add_variants(session: Session, media_id: str, kept: Sequence[Kept], known: Result | None = None) -> bool:
    """Show variants before the rest is done, e.g. a poster; False where processing is over.

    Args:
        session: The transaction.
        media_id: The media.
        kept: The variants.
        known: What is known of it already: its size, length and ThumbHash are shown too.
    """
    media = _lock(session, media_id)
    if media is None or media.state not in _OPEN:
        return False
    _put_variants(session, media, kept)
    for field in ("width", "height", "duration_s", "thumbhash") if known else ():
        setattr(media, field, getattr(known, field))
    change(media)
    live.tell_changed(session, media)
    return True


def finish(session: Session, media_id: str, result: Result, kept: Sequence[Kept]) -> bool:
    """Make a media ready with exactly the variants `kept`; False where it came to an end before.

    A file named `original` takes the place of what was uploaded, e.g. a picture without its metadata.

    Raises:
        BlobGone: A file was collected because all this took too long; keep the files again.
    """
    media = _lock(session, media_id)
    if media is None or media.state not in _OPEN:
        return False
    old = removing.drop_variants(session, media)
    _put_variants(session, media, [each for each in kept if each.name != ORIGINAL])
    for each in kept:
        if each.name == ORIGINAL:
            old += _replace_original(session, media, each)
    quotas.let_go(session, media.owner_id, old)
    for field in ("kind", "mime", "width", "height", "duration_s", "thumbhash", "waveform", "pages"):
        setattr(media, field, getattr(result, field))
    media.progress, media.error = 100, None
    metrics.ENDED.labels(media.kind, "ready").inc()
    change(media, state="ready")
    session.flush()
    record_event(session, MediaProcessed(media_id=media.id, owner_id=media.owner_id, kind=media.kind, ver=media.ver))
    live.tell_changed(session, media)
    return True


def fail(session: Session, media_id: str, code: str) -> bool:
    """Give a media up; False where it came to an end before."""
    media = _lock(session, media_id)
    if media is None or media.state not in _OPEN:
        return False
    set_failed(session, media, code)
    return True


def set_failed(session: Session, media: Media, code: str) -> None:
    """Mark a locked media as failed and let go of what was made of it; its bytes stay for another try."""
    quotas.let_go(session, media.owner_id, removing.drop_variants(session, media))
    media.error, media.progress = code, 0
    metrics.ENDED.labels(media.kind, "failed").inc()
    change(media, state="failed")
    session.flush()
    event = MediaFailed(media_id=media.id, owner_id=media.owner_id, kind=media.kind, ver=media.ver, code=code)
    record_event(session, event)
    live.tell_changed(session, media)


def change(media: Media, state: str | None = None) -> None:
    """Note a change of a locked media."""
    media.ver += 1
    media.state = state or media.state
    media.changed_at = datetime.now(UTC)


def _lock(session: Session, media_id: str) -> Media | None:
    wanted = select(Media).where(Media.id == media_id).with_for_update()
    return session.scalars(wanted.execution_options(populate_existing=True)).one_or_none()


def _put_variants(session: Session, media: Media, kept: Sequence[Kept]) -> None:
    old = removing.drop_variants(session, media, [each.name for each in kept])
    quotas.hold(session, storage(), media.owner_id, [(each.sha256, each.size) for each in kept])
    quotas.let_go(session, media.owner_id, old)
    for each in kept:
        session.add(
            Variant(
                owner_id=media.owner_id,
                media_id=media.id,
                name=each.name,
                mime=each.mime,
                width=each.width,
                height=each.height,
                size=each.size,
                sha256=each.sha256,
            )
        )
    session.flush()


def _replace_original(session: Session, media: Media, new: Kept) -> list[str]:
    old = [media.sha256] if media.sha256 else []
    quotas.hold(session, storage(), media.owner_id, [(new.sha256, new.size)])
    media.sha256, media.size = new.sha256, new.size
    return old
