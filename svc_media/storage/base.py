"""What every storage can do. Keys are made of the content (`key_of`), so a key never changes its bytes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

#: Bytes that an iterator of `open_range` yields at most at once.
CHUNK = 256 * 1024


def key_of(sha256: str) -> str:
    """Return the storage key of a blob by its hexadecimal digest: `ab/abcdef…`."""
    return f"{sha256[:2]}/{sha256}"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file as `list_files` finds it: `size` in bytes, `changed_at` aware and in UTC."""

    key: str
    size: int
    changed_at: datetime


class Storage(Protocol):
    """A place for files. Every method raises `contracts.media.StorageAway` when it cannot be reached."""

    def put_file(self, path: Path, key: str) -> None:
        """Store a copy of the local file `path` under `key`; whole and durable, or not at all. Idempotent."""

    def open_range(self, key: str, start: int, end: int) -> Iterator[bytes]:
        """Yield the bytes from `start` to `end` (both counted, as in HTTP); ask `size` first.

        Raises:
            FileNotFoundError: There is no such file; raised here, not at the first chunk.
        """

    def size(self, key: str) -> int | None:
        """Return the file's size in bytes; None where there is none."""

    def delete(self, key: str) -> None:
        """Remove the file; one that is not there is no error."""

    def local_path(self, key: str) -> Path | None:
        """Return where the file lies on this machine; None where it does not (S3)."""

    def fetch(self, key: str, path: Path) -> None:
        """Copy (or link) the file to the local `path`, e.g. for a worker that reads it.

        Raises:
            FileNotFoundError: There is no such file.
        """

    def list_files(self) -> Iterator[StoredFile]:
        """Yield every stored file, in no order."""
