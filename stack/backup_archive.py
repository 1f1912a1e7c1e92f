"""The archive of PostgreSQL's log: every 16 MB, and once a minute what there is, goes into the backup folder.

Where no backup was ever asked for, nothing is kept. Turning it on or off is a reload, never a restart.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from stack.errors import StackError
from stack.rundir import write_private

if TYPE_CHECKING:
    from stack.rundir import RunDir

#: At most so much is lost where the whole disk is: what was not archived yet.
ARCHIVE_SECONDS = 60
_PLAIN = re.compile(r"/[\w./+@-]+")


@dataclass(frozen=True)
class Target:
    """Where backups go.

    Attributes:
        folder: the backup folder.
        passphrase_file: holds what secrets are sealed with; empty where they lie open.
    """

    folder: str
    passphrase_file: str = ""

    @property
    def path(self) -> Path:
        """The folder as a path."""
        return Path(self.folder)

    @property
    def wal(self) -> Path:
        """The folder of the log."""
        return self.path / "wal"


def target(run: RunDir) -> Target | None:
    """Returns where backups go, if one was ever made."""
    note = run.path / "backup.json"
    return Target(**json.loads(note.read_text())) if note.exists() else None


def remember(run: RunDir, wanted: Target | None) -> None:
    """Takes note of where backups go from now on; nowhere when it is None."""
    note = run.folder() / "backup.json"
    if wanted is None:
        note.unlink(missing_ok=True)
    else:
        write_private(note, json.dumps(asdict(wanted)) + "\n")


def checked(folder: Path) -> Path:
    """Returns the folder's whole path, if a server's settings can name it.

    Raises:
        StackError: they cannot.
    """
    whole = folder.resolve()
    if not _PLAIN.fullmatch(str(whole)):
        message = f"a backup folder's path may hold letters, digits and . _ + @ - alone: {whole}"
        raise StackError(message)
    return whole


def settings(run: RunDir) -> str:
    """Returns what PostgreSQL is told about its archive."""
    wanted = target(run)
    if wanted is None:
        return "archive_command = '/bin/true'\narchive_timeout = 0\n"
    return f"archive_command = '{_command(wanted.wal)}'\narchive_timeout = {ARCHIVE_SECONDS}\n"


def _command(wal: Path) -> str:
    """Returns what puts a file there as a whole or not at all, and never in another's place."""
    whole, draft = f"{wal}/%f.gz", f"{wal}/.%f.new"
    same = f'gzip -dc "{whole}" | cmp -s - "%p"'
    put = f'gzip -1 -c "%p" > "{draft}" && sync "{draft}" && mv "{draft}" "{whole}" && sync "{wal}"'
    return f'if [ -e "{whole}" ]; then {same}; else {put}; fi'


def restore_command(wal: Path, beside: Path | None = None) -> str:
    """Returns what fetches a file from the archive, or else from another folder of the log, as a crash left it."""
    fetch = f'if [ -e "{wal}/%f.gz" ]; then gzip -dc "{wal}/%f.gz" > "%p"; '
    return fetch + (f'else cp "{beside}/%f" "%p"; fi' if beside else "else exit 1; fi")
