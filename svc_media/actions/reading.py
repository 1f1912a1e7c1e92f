"""Finding media and the bytes behind them. Who may read is asked before (`access`)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from contracts.media import ORIGINAL, MediaNotReady, UnknownMedia, UnknownVariant
from svc_media.models import Media, Variant


@dataclass(frozen=True, slots=True)
class Located:
    """Bytes to be served. `size` is in bytes, `sha256` names the blob, `name` is for saving it,
    `changed_at` when anything about the media last changed.
    """

    owner_id: str
    media_id: str
    kind: str
    state: str
    name: str
    mime: str
    size: int
    sha256: str
    changed_at: datetime


def find(session: Session, media_id: str) -> Media:
    """Return a media.

    Raises:
        UnknownMedia: There is none.
    """
    media = session.scalar(select(Media).where(Media.id == media_id))
    if media is None:
        raise UnknownMedia
    return media


def find_many(session: Session, media_ids: Collection[str]) -> list[Media]:
    """Return those that exist, in the order of the ids."""
    found = {media.id: media for media in session.scalars(select(Media).where(Media.id.in_(set(media_ids))))}
    return [found[media_id] for media_id in dict.fromkeys(media_ids) if media_id in found]


def list_of(session: Session, owner_id: str, kind: str | None, limit: int, before: str | None) -> list[Media]:
    """Return a person's media, the newest first: up to `limit` that are older than `before`."""
    mine = select(Media).where(Media.owner_id == owner_id)
    if kind is not None:
        mine = mine.where(Media.kind == kind)
    if before is not None:
        mine = mine.where(Media.id < before)
    return list(session.scalars(mine.order_by(Media.id.desc()).limit(limit)))


def locate(session: Session, media_id: str, variant: str, reader_id: str) -> Located:
    """Return where the bytes of a media or of one of its variants are.

    What was uploaded is shown to others once it was processed: before, it has all its metadata.

    Raises:
        UnknownMedia, UnknownVariant: There is no such thing.
        MediaNotReady: Its bytes are not there yet, or not yet for `reader_id`.
    """
    media = find(session, media_id)
    if variant != ORIGINAL:
        return _variant(session, media, variant)
    if media.sha256 is None or (media.state != "ready" and media.owner_id != reader_id):
        raise MediaNotReady(state=media.state)
    return _located(media, media.mime, media.size, media.sha256)


def _variant(session: Session, media: Media, name: str) -> Located:
    found = session.get(Variant, (media.owner_id, media.id, name))
    if found is None:
        if media.state in {"uploading", "queued", "processing"}:
            raise MediaNotReady(state=media.state)
        raise UnknownVariant
    return _located(media, found.mime, found.size, found.sha256)


def _located(media: Media, mime: str, size: int, sha256: str) -> Located:
    return Located(media.owner_id, media.id, media.kind, media.state, media.name, mime, size, sha256, media.changed_at)
