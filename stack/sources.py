"""Which code a process was started with, or tables and queues were made by."""

from __future__ import annotations

import hashlib
import tomllib
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

# What all programs load besides their own package.
_SHARED = ("plumbing", "contracts", "locks")
_NOT_LOADED = (".md", ".pyc")


def of_program(root: Path, package: str) -> Iterator[Path]:
    """Yields the files that make a program of the package do what it does."""
    yield root / "stack" / "serve.py"
    for folder in (package, *_SHARED):
        yield from root.glob(f"{folder}/**/*")


def digest(files: Iterable[Path]) -> str:
    """Returns a mark of what the files say; what no program loads does not count."""
    found = hashlib.sha256()
    for path in sorted(files):
        if path.suffix not in _NOT_LOADED and path.is_file():
            found.update(str(path).encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()


@cache
def mark(root: Path, package: str) -> str:
    """Returns a mark of the code that programs of the package run; it is read once a command."""
    return digest(of_program(root, package))


@cache
def version(root: Path, package: str) -> str:
    """Returns the release and a mark of the code that a program of the package runs, such as `0.1.0+1f0c5ea2`."""
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    return f"{project['version']}+{mark(root, package)[:8]}"
