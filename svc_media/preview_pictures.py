"""The pictures that web pages show of themselves: fetched by us, and made anew like what people upload.

So nobody's browser asks a stranger's server, and no byte of a stranger is shown as it came. They belong to
nobody (`PREVIEWS`), whose quota limits them all together, and are read by everybody who is signed in.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from contracts.base import ServiceError
from contracts.media import PREVIEWS
from plumbing import outgoing
from plumbing.database import Transactions
from plumbing.logs import get_logger
from svc_media.actions import storing, uploading
from svc_media.models import Media, Upload
from svc_media.places import upload_path
from svc_media.processing.refusals import TYPE_REFUSED, Refused
from svc_media.processing.sniffing import Kind, sniff
from svc_media.storage import Storage
from svc_media.writing import Writer

log = get_logger(__name__)

MAX_BYTES = 5 * 1024 * 1024
MOST_S, LEAST_S = 3.0, 0.3
#: Longer than a preview is remembered, and than most pages with it stay open.
KEPT = timedelta(days=1)
_HEADERS = {
    "User-Agent": "CharlaPreview/1 (+link preview)",
    "Accept": "image/webp, image/avif, image/png, image/jpeg, image/gif",
    "Accept-Encoding": "identity",
    "Connection": "close",
}


class PreviewPictures:
    """Fetches and stores such pictures; what goes wrong with one is logged, and there is none."""

    def __init__(self, db: Transactions, push: Any, files: Storage) -> None:
        self._writer = Writer(db, push)
        self._files = files

    def keep(self, url: str, total_s: float) -> str | None:
        """Return the media that the picture at `url` becomes; None where there is none within `total_s` seconds."""
        if total_s < LEAST_S:
            return None
        try:
            body = _fetched(url, min(total_s, MOST_S))
            return self._stored(body) if body else None
        except (outgoing.OutgoingRefused, outgoing.OutgoingFailed, ServiceError) as error:
            log.info("preview_without_picture", error=str(error))
            return None

    def _stored(self, body: bytes) -> str | None:
        upload = self._writer.write(lambda session: _begun(session, len(body)))
        path = upload_path(upload.id)
        with path.open("wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        self._writer.write(lambda session: uploading.advance(session, upload.id, PREVIEWS, start=0, end=len(body)))
        media = storing.store(self._writer.db, self._writer.push, self._files, upload.id, sniff=_a_picture)
        return None if media.state == "failed" else media.id


def _fetched(url: str, total_s: float) -> bytes | None:
    limits = outgoing.Limits(total_s=total_s, max_bytes=MAX_BYTES, redirects=3)
    answer = outgoing.request("GET", url, headers=_HEADERS, limits=limits)
    is_plain = answer.headers.get("content-encoding", "identity") == "identity"
    return answer.body if answer.status == 200 and is_plain else None


def _begun(session: Session, size: int) -> Upload:
    upload = uploading.begin(session, PREVIEWS, length=size)
    # Nothing carries it, so from then on it is abandoned.
    session.get_one(Media, (PREVIEWS, upload.id)).abandoned_at = datetime.now(UTC) + KEPT
    return upload


def _a_picture(path: Path, declared: str) -> Kind:
    found = sniff(path, declared)
    if found.kind != "picture":
        raise Refused(TYPE_REFUSED)
    return found
