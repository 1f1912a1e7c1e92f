"""What waits for the disk, done in native threads so that other requests go on meanwhile.

Only plain system calls and hashing run here: no database, no socket.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Protocol, TypeVar

from gevent import get_hub
from gevent.threadpool import ThreadPool

from contracts.media import StorageAway
from plumbing.logs import get_logger
from svc_media.storage import Storage
from svc_media.storage.base import StoredFile

log = get_logger(__name__)

Outcome = TypeVar("Outcome")

_THREADS = 8
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS})


class Hash(Protocol):
    """What hashlib makes."""

    def update(self, data: memoryview, /) -> None:
        """Take more bytes."""

    def digest(self) -> bytes:
        """Return the digest."""

    def hexdigest(self) -> str:
        """Return the digest in hexadecimal."""

    def copy(self) -> Hash:
        """Return another one that has seen the same."""


@cache
def _pool() -> ThreadPool:
    return ThreadPool(_THREADS, hub=get_hub())


def run(work: Callable[[], Outcome]) -> Outcome:
    """Run `work` in a thread and wait for it.

    Raises:
        StorageAway: The disk is full or broken.
    """
    outcome: Outcome = Job(work).result()
    return outcome


class Job:
    """Work that a thread has begun on."""

    def __init__(self, work: Callable[[], Any]) -> None:
        # What it raises is carried as a value: gevent would print it besides.
        self._waiting = _pool().spawn(_outcome_of, work)

    def result(self) -> Any:
        """Wait for the end and return what the work returned.

        Raises:
            StorageAway: The disk is full or broken.
            Exception: What the work raised.
        """
        value, error = self._waiting.get()
        if error is None:
            return value
        if isinstance(error, OSError) and error.errno in _FULL:
            log.error("disk_failed", error=str(error))
            raise StorageAway from error
        raise error


def _outcome_of(work: Callable[[], Any]) -> tuple[Any, Exception | None]:
    try:
        return work(), None
    except Exception as error:  # noqa: BLE001 - whoever waits gets it
        return None, error


def begin_write(file: int, offset: int, view: memoryview, hashes: Sequence[Hash]) -> Job:
    """Begin to write `view` at `offset` of an open file, and to hash it."""
    return Job(lambda: _write(file, offset, view, hashes))


def _write(file: int, offset: int, view: memoryview, hashes: Sequence[Hash]) -> None:
    while view:
        written = os.pwrite(file, view, offset)
        for each in hashes:
            each.update(view[:written])
        view, offset = view[written:], offset + written


def sync(file: int) -> None:
    """Wait until all that was written to `file` is on the disk.

    Raises:
        StorageAway: The disk is full or broken.
    """
    run(lambda: os.fdatasync(file))


class OffLoop:
    """A storage on this machine's disk, whose long steps run in threads (S3 waits for sockets, as greenlets may)."""

    def __init__(self, inner: Storage) -> None:
        self._inner = inner

    def put_file(self, path: Path, key: str) -> None:
        """Store a file."""
        run(lambda: self._inner.put_file(path, key))

    def open_range(self, key: str, start: int, end: int) -> Iterator[bytes]:
        """Yield a stretch of a file."""
        stretch = self._inner.open_range(key, start, end)
        return iter(lambda: run(lambda: next(stretch, b"")), b"")

    def size(self, key: str) -> int | None:
        """Return a file's size in bytes."""
        return self._inner.size(key)

    def delete(self, key: str) -> None:
        """Remove a file."""
        self._inner.delete(key)

    def local_path(self, key: str) -> Path | None:
        """Return a file's place."""
        return self._inner.local_path(key)

    def fetch(self, key: str, path: Path) -> None:
        """Copy a file to `path`."""
        run(lambda: self._inner.fetch(key, path))

    def list_files(self) -> Iterator[StoredFile]:
        """Yield every file."""
        return self._inner.list_files()
