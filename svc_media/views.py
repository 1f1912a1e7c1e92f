"""Media as their readers see them; the variants of a page are loaded by one query."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import cast

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from contracts.clock import rfc3339
from contracts.media import MediaKind, MediaState, MediaView, VariantView
from svc_media.models import Media, Variant


def media_view(session: Session, media: Media) -> MediaView:
    """Return one media."""
    return media_views(session, [media])[0]


def media_views(session: Session, found: Sequence[Media]) -> list[MediaView]:
    """Return media in their order."""
    variants = _variants(session, found)
    return [_view(media, variants[media.id]) for media in found]


def _variants(session: Session, found: Sequence[Media]) -> dict[str, list[VariantView]]:
    by_media: dict[str, list[VariantView]] = defaultdict(list)
    if not found:
        return by_media
    keys = [(media.owner_id, media.id) for media in found]
    rows = select(Variant).where(tuple_(Variant.owner_id, Variant.media_id).in_(keys))
    for row in session.scalars(rows.order_by(Variant.media_id, Variant.name)):
        by_media[row.media_id].append(
            {"name": row.name, "mime": row.mime, "width": row.width, "height": row.height, "size": row.size}
        )
    return by_media


def _view(media: Media, variants: list[VariantView]) -> MediaView:
    return {
        "id": media.id,
        "owner_id": media.owner_id,
        "ver": media.ver,
        "kind": cast(MediaKind, media.kind),
        "state": cast(MediaState, media.state),
        "name": media.name,
        "mime": media.mime,
        "size": media.size,
        "width": media.width,
        "height": media.height,
        "duration_s": media.duration_s,
        "thumbhash": media.thumbhash,
        "waveform": media.waveform,
        "pages": media.pages,
        "progress": media.progress,
        "variants": variants,
        "error": media.error,
        "created_at": rfc3339(media.created_at),
    }
