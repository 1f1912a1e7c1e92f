"""What nobody needs any more: expired uploads, abandoned media, files that no row names."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from plumbing.database import Transactions
from svc_media.actions import finishing, quotas, removing, storing
from svc_media.models import Attachment, Blob, Media, Upload
from svc_media.places import uploads_dir, work_dir
from svc_media.storage import Storage, StoredFile, key_of
from svc_media.writing import Writer

BATCH = 500
#: A failed media that nothing carries is kept so long, for its owner to see and to try again.
FAILED_KEPT = timedelta(days=7)


def expire_uploads(db: Transactions, push: Any) -> int:
    """End uploads for which nothing came for too long; return how many."""
    with db.reading() as session:
        over = select(Upload.owner_id, Upload.id).where(Upload.expires_at <= datetime.now(UTC)).limit(BATCH)
        found = session.execute(over).all()
    for owner_id, upload_id in found:
        Writer(db, push).write(lambda session, key=(owner_id, upload_id): _expire(session, key))  # type: ignore[misc]
    return len(found)


def _expire(session: Session, key: tuple[str, str]) -> None:
    upload = session.get(Upload, key, with_for_update=True, populate_existing=True)
    if upload is None or upload.expires_at > datetime.now(UTC):
        return  # it went on meanwhile
    media = session.get(Media, key, with_for_update=True, populate_existing=True)
    quotas.lock(session, upload.owner_id)
    if media is not None and media.state == "uploading":
        if _is_carried(session, media):
            finishing.set_failed(session, media, "upload_expired")
        else:
            removing.remove(session, *key)
    quotas.release(session, upload.owner_id, upload.reserved)
    session.delete(upload)
    if upload.stored:
        return
    storing.forget_files(upload)  # nobody can write to it any more: the row is locked


def _is_carried(session: Session, media: Media) -> bool:
    of_media = (Attachment.owner_id == media.owner_id) & (Attachment.media_id == media.id)
    return session.scalar(select(Attachment.carrier_id).where(of_media).limit(1)) is not None


def remove_abandoned(db: Transactions, push: Any, grace_s: float) -> int:
    """Delete media that nothing carries any more, and failed ones that nothing ever carried; return how many."""
    now = datetime.now(UTC)
    abandoned = Media.abandoned_at <= now - timedelta(seconds=grace_s)
    failed = (Media.state == "failed") & (Media.changed_at <= now - FAILED_KEPT)
    with db.reading() as session:
        found = session.execute(select(Media.owner_id, Media.id).where(abandoned | failed).limit(BATCH)).all()
    removed = 0
    for owner_id, media_id in found:
        removed += Writer(db, push).write(lambda session, key=(owner_id, media_id): _remove(session, key))  # type: ignore[misc]
    return removed


def _remove(session: Session, key: tuple[str, str]) -> bool:
    media = session.get(Media, key, with_for_update=True, populate_existing=True)
    if media is None or _is_carried(session, media):
        return False
    removing.delete_media(session, *key)
    return True


def collect_blobs(db: Transactions, files: Storage, grace_s: float) -> int:
    """Remove stored files that nobody has held for longer than the grace, and their rows; return how many."""
    before = datetime.now(UTC) - timedelta(seconds=grace_s)
    unheld = select(Blob.sha256).where(Blob.holders == 0, Blob.touched_at <= before)
    removed = 0
    with db.reading() as session:
        found = list(session.scalars(unheld.limit(BATCH)))
    for sha256 in found:
        with db.transaction() as session:
            mine = unheld.where(Blob.sha256 == sha256).with_for_update(skip_locked=True)
            if session.scalar(mine) is None:
                continue
            files.delete(key_of(sha256))  # nobody can come to hold it: its row is locked
            session.execute(delete(Blob).where(Blob.sha256 == sha256))
            removed += 1
    return removed


def collect_unnamed(db: Transactions, files: Storage, grace_s: float) -> int:
    """Remove stored files that are older than the grace and have no row; return how many."""
    before = datetime.now(UTC) - timedelta(seconds=grace_s)
    old = (file for file in files.list_files() if file.changed_at <= before)
    return sum(_collect_batch(db, files, batch) for batch in _batches(old))


def _collect_batch(db: Transactions, files: Storage, batch: list[StoredFile]) -> int:
    digests = {file.key.rpartition("/")[2]: file for file in batch}
    with db.reading() as session:
        known = set(session.scalars(select(Blob.sha256).where(Blob.sha256.in_(digests))))
    removed = 0
    for sha256 in digests.keys() - known:
        removed += _remove_unnamed(db, files, digests[sha256], sha256)
    return removed


def _remove_unnamed(db: Transactions, files: Storage, file: StoredFile, sha256: str) -> bool:
    with db.transaction() as session:
        # With the row being ours, whoever wants to store the same file waits, and then stores it anew.
        row = insert(Blob).values(sha256=sha256, size=file.size).on_conflict_do_nothing()
        if session.scalar(row.returning(Blob.sha256)) is None:
            return False
        files.delete(file.key)
        session.execute(delete(Blob).where(Blob.sha256 == sha256))
    return True


def clear_folders(db: Transactions, files: Storage, grace_s: float) -> int:
    """Remove old files of uploads that are over, and work that was left lying; return how many."""
    removed = 0
    for batch in _batches(_old(uploads_dir(), grace_s)):
        with db.reading() as session:
            running = _running(session, batch)
        for path in batch:
            if path.stem not in running:
                path.unlink(missing_ok=True)
                removed += 1
    making: Path | None = getattr(files, "making", None)
    for folder in (work_dir(), *([making] if making else ())):
        for path in _old(folder, grace_s):
            _remove_path(path)
            removed += 1
    return removed


def _running(session: Session, paths: list[Path]) -> set[str]:
    """Return the uploads that are not stored yet, and the parts of such, among these files' names."""
    running = set(session.scalars(select(Upload.id).where(~Upload.stored)))
    for parts in session.scalars(select(Upload.parts).where(~Upload.stored, Upload.parts.is_not(None))):
        running.update(parts or ())
    return running & {path.stem for path in paths}


def _old(folder: Path, grace_s: float) -> Iterator[Path]:
    before = time.time() - grace_s
    for path in folder.iterdir():
        try:
            found = path.lstat()
        except FileNotFoundError:
            continue
        if max(found.st_mtime, found.st_ctime) <= before:
            yield path


def _remove_path(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _batches(items: Iterable[Any]) -> Iterator[list[Any]]:
    rest = iter(items)
    while batch := list(islice(rest, BATCH)):
        yield batch
