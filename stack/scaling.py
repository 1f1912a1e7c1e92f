"""How many instances of each program this machine runs: `./charla up --scale gateway=2`, kept for the next time."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from stack import topology
from stack.errors import StackError
from stack.rundir import write_private

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stack.rundir import RunDir

MOST = 9
# Two servers of the registry that tell each other all are enough, and each is a JVM.
REGISTRY, MOST_REGISTRIES = "discovery", 2


def remembered(run: RunDir) -> dict[str, int]:
    """Returns what was asked for last; one of each where nothing was."""
    path = run.path / "scale.json"
    return json.loads(path.read_text()) if path.exists() else {}


def remember(run: RunDir, words: Iterable[str]) -> dict[str, int]:
    """Takes note of words such as `gateway=2`; what they do not name stays as it was.

    Raises:
        StackError: a word is no such thing.
    """
    scale = remembered(run)
    for word in words:
        name, _, count = word.partition("=")
        scale[_scalable(name)] = _count(count, word, MOST_REGISTRIES if name == REGISTRY else MOST)
    write_private(run.folder() / "scale.json", json.dumps(scale, indent=2) + "\n")
    return scale


def _scalable(name: str) -> str:
    known = [*(each.name for each in topology.PROGRAMS if not each.alone), REGISTRY]
    if name not in known:
        message = f"there is no program {name!r} to have more of; there are: {', '.join(known)}"
        raise StackError(message)
    return name


def _count(text: str, word: str, most: int) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= most:
        message = f"{word!r} does not say how many: write NAME=1 to NAME={most}"
        raise StackError(message)
    return int(text)
