"""One process as the supervisor is told about it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Process:
    """A command, the folder it works in and how it is stopped.

    Attributes:
        name: its name for the supervisor.
        folder: its working folder. Inside the run directory it belongs to
            this process alone.
        command: the program and its arguments; no secrets, since everybody on
            the machine can read them.
        environment: its whole environment, secrets included.
        settings: what its settings file says, or a mark of its code; a change
            of it is a reason to start the process anew.
        stop_signal: what asks it to finish.
        stop_seconds: how long it may take for that.
    """

    name: str
    folder: Path
    command: list[str]
    environment: dict[str, str] = field(repr=False)
    settings: str = field(default="", repr=False)
    stop_signal: str = "TERM"
    stop_seconds: int = 20

    @property
    def digest(self) -> str:
        """A short mark of everything that the process was started with."""
        everything = repr((self.command, sorted(self.environment.items()), self.settings))
        return hashlib.sha256(everything.encode()).hexdigest()[:16]
