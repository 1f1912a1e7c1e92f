"""Processing again what failed through no fault of the file."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from plumbing.database import Transactions
from svc_media.actions import storing
from svc_media.models import Media
from svc_media.writing import Writer

#: The code of media that were given up because whoever processed them died or could not work.
OURS = "processing_failed"


def retry_all(db: Transactions, push: Any, code: str = OURS) -> int:
    """Queue again all media that failed with `code` and whose bytes are kept; return how many."""
    failed = (Media.state == "failed") & (Media.error == code) & Media.sha256.is_not(None)
    with db.reading() as session:
        found = session.execute(select(Media.owner_id, Media.id).where(failed)).all()
    writer = Writer(db, push)
    for owner_id, media_id in found:
        writer.write(lambda session, key=(owner_id, media_id): storing.retry(session, *key))  # type: ignore[misc]
    return len(found)
