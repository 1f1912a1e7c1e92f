"""Stored media in a backup: a file has its content's digest as its name, so each is taken once and for good."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def files(root: Path) -> Iterator[tuple[str, Path]]:
    """Yields each stored file with its name, `ab/abcdef…`."""
    for path in sorted(root.glob("??/*")):
        if not path.name.startswith("."):
            yield f"{path.parent.name}/{path.name}", path


def take(source: Path, target: Path) -> tuple[int, int]:
    """Takes the files that are not there yet, without copying where both lie on one file system.

    Returns:
        How many there are, and how many of them are new.
    """
    known = new = 0
    for name, path in files(source):
        known += 1
        wanted = target / name
        if not _is_whole(wanted, path):
            new += _put(path, wanted)
    return known, new


def _is_whole(wanted: Path, path: Path) -> bool:
    try:
        return wanted.stat().st_size == path.stat().st_size
    except FileNotFoundError:
        return False


def _put(path: Path, wanted: Path) -> int:
    """Returns 1; or 0 where the file was collected in this moment."""
    wanted.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = wanted.with_name(f".{wanted.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    try:
        try:
            os.link(path, draft)
        except OSError:
            shutil.copyfile(path, draft)
            with draft.open("rb") as copy:
                os.fsync(copy.fileno())
    except FileNotFoundError:
        return 0
    draft.replace(wanted)
    return 1
