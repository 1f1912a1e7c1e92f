"""What Celery's tasks do: they take a media from its bytes to what is shown of it, once, whatever is killed.

Nothing is kept in between: a second delivery begins anew, in an empty folder. Rows and events are written
by `actions.finishing`, which lets only one of two workers bring a media to its end.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import uuid_utils
from celery.exceptions import SoftTimeLimitExceeded
from sqlalchemy import select

from plumbing.database import DATABASE_AWAY, transactions
from plumbing.logs import first_line, get_logger
from plumbing.push import Pusher
from plumbing.redis_client import new_redis
from plumbing.settings import settings
from svc_media import metrics, tasks
from svc_media.actions import blobs, finishing, storing
from svc_media.models import Media
from svc_media.places import work_path
from svc_media.processing import pipeline
from svc_media.processing.refusals import TOO_COSTLY, Refused
from svc_media.processing.results import Result
from svc_media.processing.sandbox import sandbox
from svc_media.processing.sniffing import sniff
from svc_media.storage import Storage, key_of, storage
from svc_media.writing import Writer

log = get_logger(__name__)

#: A sound of more bytes than this takes minutes, so it waits with the videos.
MOST_QUICK_BYTES = 16 * 1024 * 1024
_TELL_EVERY_S = 1.0
_ATTEMPTS = 3
_OPEN = ("queued", "processing")


@dataclass(frozen=True)
class _World:
    writer: Writer
    files: Storage


@cache
def _world_of(_pid: int) -> _World:
    conf = settings()
    return _World(Writer(transactions(conf.database_url, 2), Pusher(new_redis(conf.redis_url))), storage())


def _world() -> _World:
    """Return this process's connections: a forked child has its own."""
    return _world_of(os.getpid())


def process_media(media_id: str, *, quick: bool) -> None:
    """Process a media; where it would hold up the quick queue it is handed to the long one instead.

    Raises:
        Exception: We are why it could not be done; deliver it again.
    """
    if quick and _takes_long(media_id):
        tasks.enqueue(media_id, long=True)
        return
    writer = _world().writer
    media = writer.write(lambda session: finishing.begin(session, media_id))
    if media is None:
        return
    with _refusals_end(media), _folder(media) as folder, metrics.PROCESSING_SECONDS.labels(media.kind).time():
        source, teller = _source(media, folder), _Teller(media_id)
        try:
            result = pipeline.process(source, media.declared_mime, folder / "job", teller, films=not quick)
        except pipeline.HoldsFilm as found:
            writer.write(partial(finishing.hand_on_film, media_id=media_id, mime=found.mime))
        else:
            _finish(media_id, result)


def make_poster(media_id: str) -> None:
    """Show what a video looks like while it waits to be transcoded.

    Raises:
        Exception: We are why it could not be done; deliver it again.
    """
    media = _open_media(media_id)
    if media is None or media.progress:  # a transcode that is under way makes its own
        return
    with _refusals_end(media), _folder(media) as folder:
        made = pipeline.poster(_source(media, folder), media.declared_mime, folder / "job")
        if made:
            world = _world()
            kept = finishing.keep_files(world.writer.db, world.files, made.variants)
            world.writer.write(lambda session: finishing.add_variants(session, media_id, kept, made))


def store_upload(upload_id: str) -> None:
    """Store a complete upload, see `actions.storing`."""
    world = _world()
    storing.store(world.writer.db, world.writer.push, world.files, upload_id, sniff=sniff)


def _open_media(media_id: str) -> Media | None:
    with _world().writer.db.reading() as session:
        return session.scalar(select(Media).where(Media.id == media_id, Media.state.in_(_OPEN)))


def _takes_long(media_id: str) -> bool:
    media = _open_media(media_id)
    if media is None:
        return False
    return media.kind == "video" or (media.kind == "voice" and media.size > MOST_QUICK_BYTES)


@contextmanager
def _folder(media: Media) -> Iterator[Path]:
    """Give an empty folder that goes again; what a killed worker left is the orphan collector's."""
    folder = pipeline.empty(work_path(f"{media.id}-{uuid_utils.uuid7()}"))
    pipeline.empty(folder / "job")
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _source(media: Media, folder: Path) -> Path:
    """Return the media's bytes as a local file."""
    key, files = key_of(media.sha256 or ""), _world().files
    local = files.local_path(key)
    if local is None:
        local = folder / "source"
        files.fetch(key, local)
    return local


@contextmanager
def _refusals_end(media: Media) -> Iterator[None]:
    """Mark the media as failed where its file is why it cannot be processed."""
    try:
        yield
    except (Refused, SoftTimeLimitExceeded) as refusal:
        code = refusal.code if isinstance(refusal, Refused) else TOO_COSTLY
        last = sandbox().last
        log.info("media_refused", media_id=media.id, kind=media.kind, code=code, said=last.errors if last else "")
        metrics.REFUSED.labels(code).inc()
        _world().writer.write(lambda session: finishing.fail(session, media.id, code))


def _finish(media_id: str, result: Result) -> None:
    """Store what was made, and say so; again where a collector was faster."""
    world = _world()
    for attempt in range(1, _ATTEMPTS + 1):
        kept = finishing.keep_files(world.writer.db, world.files, result.variants)
        try:
            world.writer.write(partial(finishing.finish, media_id=media_id, result=result, kept=kept))
        except blobs.BlobGone:
            if attempt == _ATTEMPTS:
                raise
        else:
            return


class _Teller:
    """Writes progress down, at most once a second; while the database is away it keeps it to itself."""

    def __init__(self, media_id: str) -> None:
        self._media_id = media_id
        self._told_at = 0.0

    def __call__(self, percent: int) -> None:
        now = time.monotonic()
        if now - self._told_at < _TELL_EVERY_S:
            return
        self._told_at = now
        try:
            _world().writer.write(lambda session: finishing.note_progress(session, self._media_id, percent))
        except DATABASE_AWAY as error:
            log.warning("progress_untold", media_id=self._media_id, error=first_line(error))
