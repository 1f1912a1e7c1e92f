"""kill -9 at every step of a media's life: the books always agree, and match the disk after collecting."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import eventlet
import pytest
from sqlalchemy import func, select, update

from contracts.base import new_id
from plumbing.database import Transactions
from plumbing.settings import Settings
from svc_media.actions import accounting, orphans, storing, waiting
from svc_media.models import Holding, Media, Outbox, Quota, Upload
from svc_media.options import options
from svc_media.places import uploads_dir, work_dir
from svc_media.storage.local import LocalStorage
from svc_media.workers.cleaning import collect, sweep
from tests.services import ROOT, FakePush
from tests.svc_media.carriers import Sniffed, receive

#: More steps than a life has: whoever gets there ends by itself.
MOST_STEPS = 400


class Lives:
    """A process that begins lives (`tests.svc_media.life`); one at a time."""

    def __init__(self, grace_s: float) -> None:
        command = [sys.executable, "-W", "ignore", "-m", "tests.svc_media.life", str(grace_s)]
        around = os.environ | {"PYTHONPATH": str(ROOT)}
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=around, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def until(self, owner: str, step: int) -> int:
        """Begin a life and return how it ended: 0, or -9 where it killed itself."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(f"{owner} {step}\n")
        stdin.flush()
        ended = int(stdout.readline())
        assert ended in (0, -signal.SIGKILL)
        return ended

    def close(self) -> None:
        self._process.communicate()


@contextmanager
def lives(count: int, grace_s: float = 0.0) -> Iterator[list[Lives]]:
    begun = [Lives(grace_s) for _ in range(count)]
    try:
        yield begun
    finally:
        for each in begun:
            each.close()


def books_agree(db: Transactions, files: LocalStorage) -> dict[str, Any]:
    found = accounting.report(db, files)
    assert found["differences"] == []
    assert found["missing"] == []
    return found


def recover(db: Transactions, files: LocalStorage) -> None:
    """Do what the worker's timers and Celery do after a crash, without waiting for the graces."""
    push = FakePush()
    with db.transaction() as session:
        # As if the last byte had come long ago.
        past = datetime.now(UTC) + timedelta(seconds=options().upload_ttl_s - 1_000)
        session.execute(update(Upload).values(expires_at=past))
    with db.reading() as session:
        unstored = waiting.unstored(session, 900)
    for upload_id in unstored:
        storing.store(db, push, files, upload_id, sniff=lambda *_: Sniffed())
    with db.transaction() as session:
        session.execute(update(Upload).values(expires_at=datetime.now(UTC)))
    orphans.expire_uploads(db, push)
    collect(db, push, files, 0)
    sweep(db, files, 0)


def check_disk(db: Transactions, files: LocalStorage, owner: str) -> None:
    found = books_agree(db, files)
    with db.reading() as session:
        held = session.scalar(select(func.sum(Holding.size)).where(Holding.user_id == owner)) or 0
        quota = session.get(Quota, owner)
    used = quota.used_bytes if quota else 0
    assert found["file_bytes"] == found["blob_bytes"] == held == used
    assert quota is None or quota.reserved_bytes == 0
    for folder in (uploads_dir(), work_dir(), files.making):
        assert list(folder.iterdir()) == []


def check_events(db: Transactions) -> None:
    """Each media was announced once, and came to one end at most."""
    with db.reading() as session:
        told = session.execute(
            select(Outbox.aggregate_id, Outbox.name, func.count()).group_by(Outbox.aggregate_id, Outbox.name)
        ).all()
        unsettled = session.scalar(select(func.count()).select_from(Media).where(Media.state == "uploading"))
    assert [row for row in told if row[2] != 1] == []
    assert unsettled == 0


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_whatever_step_is_the_last_the_books_match_the_disk(
    db: Transactions, files: LocalStorage, configured: Settings
) -> None:
    survived_at = 0
    with lives(1) as (one,):
        for step in range(1, MOST_STEPS):
            owner = new_id()
            ended = one.until(owner, step)
            books_agree(db, files)
            recover(db, files)
            check_disk(db, files, owner)
            check_events(db)
            empty(db, files)
            if ended == 0:
                survived_at = step
                break
    assert survived_at > 60, "the life has far more steps than these"


def _live(one: Lives, step: int) -> int:
    return one.until(new_id(), step)


def empty(db: Transactions, files: LocalStorage) -> None:
    """Delete all media, as their owners would; nothing may stay."""
    with db.reading() as session:
        found = session.execute(select(Media.owner_id, Media.id)).all()
    for owner_id, media_id in found:
        with db.transaction() as session:
            orphans.removing.delete_media(session, owner_id, media_id)
    collect(db, FakePush(), files, 0)
    sweep(db, files, 0)
    assert list(files.list_files()) == []
    with db.transaction() as session:
        assert session.scalar(select(func.sum(Quota.used_bytes + Quota.reserved_bytes))) in (0, None)
        for table in (Quota, Outbox, Upload):
            session.query(table).delete()


@pytest.mark.slow
def test_many_who_die_at_once_leave_books_that_match_the_disk(
    db: Transactions, files: LocalStorage, configured: Settings
) -> None:
    """Lives side by side share the same bytes, so the same blobs: held, let go and collected by all of them."""
    steps = [15, 30, 40, 50, 20, 35, 45, MOST_STEPS]
    with lives(4, grace_s=60.0) as begun:
        pool = eventlet.GreenPool(4)
        for turn in (0, 4):
            ended = list(pool.starmap(_live, zip(begun, steps[turn : turn + 4], strict=True)))
            assert ended.count(-signal.SIGKILL) >= 3
    books_agree(db, files)
    recover(db, files)
    found = books_agree(db, files)
    assert found["file_bytes"] == found["blob_bytes"]
    check_events(db)
    empty(db, files)


def test_a_growing_upload_keeps_what_was_acknowledged(media_dir: Path, db: Transactions, files: LocalStorage) -> None:
    """Nothing of a running upload is collected, however old its file is."""
    upload = receive(db, new_id(), b"content")
    sweep(db, files, 0)
    assert (uploads_dir() / upload.id).read_bytes() == b"content"
