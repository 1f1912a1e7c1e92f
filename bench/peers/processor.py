"""Processor time of a server's processes, cheap enough to be read while it is measured."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

_PROC = Path("/proc")
_TICKS = os.sysconf("SC_CLK_TCK")


class Meter:
    """Counts from when it is made.

    Args:
        roots: Process ids; those that they have begun count as well.
    """

    def __init__(self, roots: Sequence[int]) -> None:
        self._roots = roots
        self._before = self._read()

    def seconds(self) -> float:
        """Return the seconds, user and system, since it was made, of all that are still there."""
        return sum(taken - self._before.get(pid, 0.0) for pid, taken in self._read().items())

    def _read(self) -> dict[int, float]:
        found: dict[int, float] = {}
        waiting = list(self._roots)
        while waiting:
            pid = waiting.pop()
            try:
                # The name in brackets may hold spaces.
                fields = (_PROC / str(pid) / "stat").read_text().rpartition(") ")[2].split()
                children = (_PROC / str(pid) / "task" / str(pid) / "children").read_text().split()
            except OSError:  # it has ended
                continue
            found[pid] = (int(fields[11]) + int(fields[12])) / _TICKS
            waiting += [int(child) for child in children]
        return found
