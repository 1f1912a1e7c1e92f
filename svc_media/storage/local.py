"""Files in a folder of this machine, or of a file system that all machines share."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import uuid_utils

from svc_media.storage.base import CHUNK, StoredFile

_READ_ONLY = 0o440
_PRIVATE = 0o750


class LocalStorage:
    """A folder: files are made under another name, synced, and then renamed to `ab/abcdef…`.

    Whatever kills the process, a key has all its bytes or there is no such file. What was left
    under another name lies in `making/`, for the orphan collector.
    """

    def __init__(self, root: Path) -> None:
        self._root = root / "blobs"
        self.making = root / "making"
        for folder in (self._root, self.making):
            _make(folder)

    def put_file(self, path: Path, key: str) -> None:
        """Store `path`; without copying where it lies on the same file system."""
        target = self._path(key)
        if self.size(key) == path.stat().st_size:
            return
        if not target.parent.is_dir():
            _make(target.parent)
            _sync(self._root)
        made = self.making / str(uuid_utils.uuid7())
        try:
            _link_or_copy(path, made)
            _sync(made)
            _give_to_group(made)
            made.chmod(_READ_ONLY)
            made.replace(target)
        except BaseException:
            made.unlink(missing_ok=True)
            raise
        _sync(target.parent)

    def open_range(self, key: str, start: int, end: int) -> Iterator[bytes]:
        """Yield a stretch of a file."""
        file = self._path(key).open("rb")

        def stretch() -> Iterator[bytes]:
            with file:
                file.seek(start)
                left = end - start + 1
                while left > 0 and (part := file.read(min(CHUNK, left))):
                    left -= len(part)
                    yield part

        return stretch()

    def size(self, key: str) -> int | None:
        """Return a file's size."""
        try:
            return self._path(key).stat().st_size
        except FileNotFoundError:
            return None

    def delete(self, key: str) -> None:
        """Remove a file."""
        self._path(key).unlink(missing_ok=True)

    def local_path(self, key: str) -> Path | None:
        """Return a file's place."""
        return self._path(key)

    def fetch(self, key: str, path: Path) -> None:
        """Link or copy a file to `path`."""
        _link_or_copy(self._path(key), path)

    def list_files(self) -> Iterator[StoredFile]:
        """Yield every file."""
        for folder in self._root.iterdir():
            for path in folder.iterdir():
                with suppress(FileNotFoundError):
                    found = path.stat()
                    changed_at = datetime.fromtimestamp(found.st_ctime, UTC)  # linking it keeps the other time
                    yield StoredFile(f"{folder.name}/{path.name}", found.st_size, changed_at)

    def _path(self, key: str) -> Path:
        return self._root / key


def _make(folder: Path) -> None:
    """Make a folder that its group may read, whatever the umask: Nginx serves the files."""
    folder.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
    mode = folder.stat().st_mode
    if mode & _PRIVATE != _PRIVATE:
        folder.chmod(mode | _PRIVATE)


def _give_to_group(made: Path) -> None:
    """Give a file to its folder's group, as if it had been made there: a link has its source's."""
    wanted = made.parent.stat().st_gid
    if made.stat().st_gid != wanted:
        os.chown(made, -1, wanted)


def _link_or_copy(source: Path, target: Path) -> None:
    if source.stat().st_uid != os.geteuid():
        shutil.copyfile(source, target)  # whoever owns a file can change it later
        return
    try:
        os.link(source, target)
    except FileNotFoundError:
        raise
    except OSError:  # another file system, or one without links
        shutil.copyfile(source, target)


def _sync(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
