"""What a base backup says of itself, and whether that is so."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from stack.errors import StackError
from stack.rundir import ROOT, write_private

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FORMAT = 1
_REVISION = re.compile(r"^revision\b[^=]*=\s*[\"'](\w+)[\"']", re.MULTILINE)


@dataclass(frozen=True)
class Manifest:
    """One base backup.

    Attributes:
        made: its name, which is when it began.
        ended: from this moment on it can be restored to, as ISO 8601.
        system: PostgreSQL's own name of the cluster.
        timeline: which of its histories.
        first_wal: the first file of the log that is needed with it.
        postgres: PostgreSQL's major version.
        revisions: that of each service's tables.
        commit: the code that made it; empty where that is unknown.
        media: each stored file with its size.
        digests: SHA-256 of the files that say what else is whole.
    """

    made: str
    ended: str
    system: str
    timeline: int
    first_wal: str
    postgres: int
    revisions: dict[str, str]
    commit: str
    media: dict[str, int]
    digests: dict[str, str]
    format: int = FORMAT

    @property
    def usable_from(self) -> datetime:
        """The first moment that it can be restored to."""
        return datetime.fromisoformat(self.ended)


def write(home: Path, manifest: Manifest) -> None:
    """Puts it beside the data."""
    write_private(home / "manifest.json", json.dumps(asdict(manifest), indent=1) + "\n")


def read(home: Path) -> Manifest:
    """Returns what a base backup says of itself.

    Raises:
        StackError: it says nothing that can be understood.
    """
    try:
        found: dict[str, Any] = json.loads((home / "manifest.json").read_text())
        if found["format"] != FORMAT:
            message = f"{home} has format {found['format']}, and this Charla reads {FORMAT}"
            raise StackError(message)
        manifest = Manifest(**found)
        datetime.fromisoformat(manifest.ended)
    except (OSError, ValueError, KeyError, TypeError) as failure:
        message = f"{home} is damaged: its manifest cannot be read ({type(failure).__name__}: {failure})"
        raise StackError(message) from failure
    return manifest


def all_in(folder: Path) -> list[Manifest]:
    """Returns the whole base backups of a folder, the oldest first."""
    return [read(each) for each in sorted((folder / "base").glob("[0-9]*Z"))]


def digest(path: Path) -> str:
    """Returns a file's SHA-256."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as failure:
        message = f"{path} cannot be read: {failure}"
        raise StackError(message) from failure


def verify(folder: Path, manifest: Manifest, binaries: Path) -> None:
    """Looks whether every file of a base backup is what it was.

    Raises:
        StackError: one is not.
    """
    home = folder / "base" / manifest.made
    for name, wanted in manifest.digests.items():
        if digest(home / name) != wanted:
            message = f"{home / name} is damaged"
            raise StackError(message)
    command = [str(binaries / "pg_verifybackup"), "--quiet", "--exit-on-error", str(home / "data")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        message = f"{home} is damaged: {done.stderr.strip()}"
        raise StackError(message)
    for name in _missing_media(folder, manifest):
        message = f"{folder / 'media' / name} is missing or cut off"
        raise StackError(message)


def _missing_media(folder: Path, manifest: Manifest) -> Iterator[str]:
    for name, size in manifest.media.items():
        path = folder / "media" / name
        if not path.exists() or path.stat().st_size != size:
            yield name


def revision_of_code(service: str) -> set[str]:
    """Returns every revision of tables that the code here knows."""
    files = (ROOT / f"svc_{service}" / "migrations" / "versions").glob("*.py")
    return {found for path in files for found in _REVISION.findall(path.read_text())}


def commit() -> str:
    """Returns the commit of the code here; nothing where it is no clone."""
    command = ["git", "-C", str(ROOT), "rev-parse", "HEAD"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def moment(text: str) -> datetime:
    """Returns a moment that somebody typed; without a zone it is UTC.

    Raises:
        StackError: it is none.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError as failure:
        message = f"{text!r} is no time; write it like 2026-11-27T14:05:00Z"
        raise StackError(message) from failure
    return found if found.tzinfo else found.replace(tzinfo=UTC)
