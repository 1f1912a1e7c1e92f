"""The run directory: everything that one running stack keeps on disk."""

from __future__ import annotations

import hashlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# The programs of the virtual environment that this runs in.
BIN = Path(sys.executable).parent
# A path of a Unix socket may be 107 bytes long; some room is left for suffixes.
_LONGEST_SOCKET_PATH = 90


@dataclass(frozen=True)
class RunDir:
    """Where a running stack keeps its data, secrets, logs and settings."""

    path: Path

    @classmethod
    def current(cls) -> RunDir:
        """Returns the one that CHARLA_RUN_DIR names; `.run` when it is unset."""
        named = Path(os.environ.get("CHARLA_RUN_DIR") or ".run")
        return cls(named if named.is_absolute() else ROOT / named)

    @property
    def is_default(self) -> bool:
        """Whether this is the one that a person gets without any setting."""
        return self.path == ROOT / ".run"

    def folder(self, *names: str) -> Path:
        """Returns a private folder inside, made when it is missing."""
        folder = self.path.joinpath(*names)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder

    @property
    def logs(self) -> Path:
        """The folder of the processes' output."""
        return self.folder("logs")

    @property
    def secrets(self) -> Path:
        """The folder of passwords and keys."""
        return self.folder("secrets")

    def env_file(self, component: str) -> Path:
        """Returns the file with the environment of a component."""
        return self.folder("env") / f"{component}.env"

    @property
    def socket(self) -> Path:
        """The supervisor's socket; in /tmp when the run directory's path is long."""
        inside = self.path / "supervisor.sock"
        if len(os.fsencode(inside)) <= _LONGEST_SOCKET_PATH:
            return inside
        mark = hashlib.sha256(os.fsencode(self.path)).hexdigest()[:12]
        folder = Path("/tmp") / f"charla-{os.getuid()}-{mark}"  # noqa: S108 - private, owner checked below
        folder.mkdir(mode=0o700, exist_ok=True)
        if folder.lstat().st_uid != os.getuid() or folder.is_symlink():
            message = f"{folder} belongs to somebody else"
            raise PermissionError(message)
        return folder / "supervisor.sock"


def write_private(path: Path, text: str) -> bool:
    """Writes a file that only its owner reads, in one step.

    Returns:
        Whether its content changed.
    """
    if path.exists() and path.read_text() == text:
        return False
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(text)
    draft.replace(path)
    return True
