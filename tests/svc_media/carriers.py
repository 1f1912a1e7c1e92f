"""Stand-ins for what svc_media asks of others, and for what Celery would do."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from contracts.base import Unavailable
from plumbing.database import Transactions
from svc_media.actions import finishing, storing, uploading
from svc_media.actions.blobs import BlobGone
from svc_media.models import Media, Upload
from svc_media.places import upload_path
from svc_media.storage import Storage
from svc_media.writing import Writer


@dataclass
class FakeOwner:
    """Messaging, subscriptions or ads: knows who may read which message or post, or see which ad."""

    readers: dict[str, set[str]] = field(default_factory=dict)
    asked: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    away: bool = False

    def as_service(self) -> FakeOwner:
        return self

    def let_read(self, carrier_id: str, *user_ids: str) -> None:
        self.readers.setdefault(carrier_id, set()).update(user_ids)

    def find_readable_messages(self, *, user_id: str, message_ids: list[str]) -> list[str]:
        return self._readable(user_id, message_ids)

    def find_readable_posts(self, *, user_id: str, post_ids: list[str]) -> list[str]:
        return self._readable(user_id, post_ids)

    def find_readable_channels(self, *, user_id: str, channel_ids: list[str]) -> list[str]:
        return self._readable(user_id, channel_ids)

    def find_shown_creatives(self, *, user_id: str, creative_ids: list[str]) -> list[str]:
        return self._readable(user_id, creative_ids)

    def _readable(self, user_id: str, ids: list[str]) -> list[str]:
        self.asked.append((user_id, tuple(ids)))
        if self.away:
            raise Unavailable
        return [each for each in ids if user_id in self.readers.get(each, ())]


@dataclass
class FakeTasks:
    """Celery's queues."""

    quick: list[str] = field(default_factory=list)
    long: list[str] = field(default_factory=list)
    stores: list[str] = field(default_factory=list)

    def enqueue(self, media_id: str, *, long: bool) -> None:
        (self.long if long else self.quick).append(media_id)

    def enqueue_store(self, upload_id: str) -> None:
        self.stores.append(upload_id)


@dataclass(frozen=True)
class Sniffed:
    kind: str = "file"
    mime: str = "application/octet-stream"


@dataclass
class Result:
    kind: str = "picture"
    mime: str = "image/webp"
    width: int | None = 4
    height: int | None = 3
    duration_s: float | None = None
    thumbhash: str | None = "aGk="
    waveform: list[int] | None = None
    pages: int | None = None


def receive(db: Transactions, owner_id: str, content: bytes, **metadata: str) -> Upload:
    """Let a person upload `content`, up to the last byte; it is not stored yet."""
    with db.transaction() as session:
        upload = uploading.begin(session, owner_id, length=len(content), metadata=metadata)
    append(db, upload, 0, content)
    return upload


def append(db: Transactions, upload: Upload, start: int, content: bytes) -> Upload:
    """Write bytes as the edge does: to the file, synced, and then to the row."""
    with upload_path(upload.id).open("ab") as file:
        file.truncate(start)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    with db.transaction() as session:
        return uploading.advance(session, upload.id, upload.owner_id, start=start, end=start + len(content))


def stored(
    db: Transactions, push: Any, files: Storage, owner_id: str, content: bytes, kind: str = "file", **metadata: str
) -> Media:
    """Let a person upload `content`, and store it."""
    upload = receive(db, owner_id, content, **metadata)
    return storing.store(db, push, files, upload.id, sniff=lambda *_: Sniffed(kind))


def processed(db: Transactions, push: Any, files: Storage, media: Media, made: dict[str, Path]) -> bool:
    """Do what the processing does with what it made; again where a collector was faster."""
    writer, result = Writer(db, push), Result(media.kind)
    writer.write(lambda session: finishing.begin(session, media.id))
    while True:
        kept = finishing.keep_files(db, files, [(name, path, "image/webp", 4, 3) for name, path in made.items()])
        with suppress(BlobGone):
            return writer.write(partial(finishing.finish, media_id=media.id, result=result, kept=kept))


def a_file(folder: Path, content: bytes) -> Path:
    """Return a new file with `content`."""
    path = folder / f"made-{len(list(folder.iterdir()))}"
    path.write_bytes(content)
    return path
