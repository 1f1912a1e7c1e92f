"""Files in the storage: announced by a row before they are written, and removed before their row goes."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from pathlib import Path

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from plumbing.database import Transactions
from svc_media.models import Blob
from svc_media.storage import Storage, key_of


class BlobGone(Exception):
    """The file was collected between being stored and being held; store it again."""


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a local file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def announce(session: Session, sha256: str, size: int) -> None:
    """Tell the collector, for as long as its grace lasts, that somebody stores this file."""
    now = func.clock_timestamp()
    row = insert(Blob).values(sha256=sha256, size=size, touched_at=now)
    session.execute(row.on_conflict_do_update(index_elements=[Blob.sha256], set_={"touched_at": now}))


def put(db: Transactions, files: Storage, path: Path, sha256: str) -> None:
    """Store a local file. Until it is held (`quotas.hold`) the collector may take it away after its grace."""
    with db.transaction() as session:
        announce(session, sha256, path.stat().st_size)
    files.put_file(path, key_of(sha256))


def hold(session: Session, files: Storage, sha256: str) -> None:
    """Count one more person who holds the file, under its row's lock.

    Raises:
        BlobGone: It is not there (any more).
    """
    before = session.scalar(select(Blob.holders).where(Blob.sha256 == sha256).with_for_update())
    # Who holds it already keeps it there; the first one looks, while the collector cannot.
    if before is None or (before == 0 and files.size(key_of(sha256)) is None):
        raise BlobGone
    session.execute(update(Blob).where(Blob.sha256 == sha256).values(holders=Blob.holders + 1))


def let_go(session: Session, digests: Collection[str]) -> None:
    """Count one person less who holds each of these files."""
    wanted = select(Blob.sha256).where(Blob.sha256.in_(digests)).order_by(Blob.sha256).with_for_update()
    session.execute(wanted).all()  # in one order, so that two never wait for each other
    fewer = update(Blob).where(Blob.sha256.in_(digests))
    session.execute(fewer.values(holders=Blob.holders - 1, touched_at=func.clock_timestamp()))
