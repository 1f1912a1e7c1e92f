"""Tells whether containers still are what the last `up` made: then compose, which looks for a minute, is not asked.

Compose also runs again what makes databases, tables and queues; where images are the same, nothing would come of it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from typing import TYPE_CHECKING

from stack import compose, images
from stack.rundir import write_private

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from stack.compose import Container
    from stack.rundir import RunDir

_VARIABLE = re.compile(r"\$\{([A-Z_]+)")


class Unchanged:
    """What a run directory's containers are made of.

    Args:
        run: the run directory.
        tag: that of its images.
        words: all that compose is told on its command line.
    """

    def __init__(self, run: RunDir, tag: str, words: Sequence[str]) -> None:
        self._folder, self._tag, self._words = run.folder("compose"), tag, words

    def holds(self, containers: Mapping[str, Container]) -> bool:
        """Whether these are what was kept, and all of them run."""
        return self._note.exists() and self._note.read_text() == self._standing(containers)

    def keep(self, containers: Mapping[str, Container]) -> None:
        """Takes note of what is there now."""
        write_private(self._note, self._standing(containers))

    @property
    def _note(self) -> Path:
        return self._folder / "up.json"

    def _standing(self, containers: Mapping[str, Container]) -> str:
        file = compose.FILE.read_text()
        around = (f"{name}={os.environ.get(name, '')}" for name in sorted(set(_VARIABLE.findall(file))))
        made_of = [file, (self._folder / "settings.env").read_text(), *around, *self._words]
        made_of += sorted(number for name, number in images.known().items() if name.endswith(f":{self._tag}"))
        found = {
            "made_of": hashlib.sha256("\0".join(made_of).encode()).hexdigest(),
            "running": {name: each.id for name, each in sorted(containers.items()) if each.runs},
        }
        return json.dumps(found, indent=1) + "\n"
