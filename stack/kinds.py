"""Chooses, once for a run directory, how its Charla runs: as processes of this machine, or in containers."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from stack.errors import StackError
from stack.lifecycle import Stack
from stack.rundir import write_private

if TYPE_CHECKING:
    from stack.rundir import RunDir

NATIVE, DOCKER = "native", "docker"


def of(run: RunDir, fallback: str = "") -> Stack:
    """Returns the stack of a run directory.

    Its data lies where it was made, so what it was made as holds: the setting and the machine are asked only for one
    that is new.

    Args:
        run: the run directory.
        fallback: the kind of a new one where CHARLA_ENGINE names none; by what this machine has, when empty.

    Raises:
        StackError: CHARLA_ENGINE asks for another kind than it is, or for none that there is.
    """
    kind = _kept(run) or _wanted() or fallback or _possible()
    if _wanted() not in ("", kind):
        message = f"{run.path} was made with CHARLA_ENGINE={kind}, and its data is there; choose another CHARLA_RUN_DIR"
        raise StackError(message)
    if kind == NATIVE:
        return Stack(run)
    from stack.containers import Containers  # noqa: PLC0415 - without an engine nobody needs it

    return Containers(run)


def keep(stack: Stack) -> None:
    """Notes what a run directory was made as, before anything is made in it."""
    kind = NATIVE if type(stack) is Stack else DOCKER
    write_private(stack.run.folder() / "engine", kind + "\n")


def _kept(run: RunDir) -> str:
    """Returns what the run directory was made as; those from before there was a choice are native."""
    note = run.path / "engine"
    if note.exists():
        return note.read_text().strip()
    return NATIVE if (run.path / "postgres" / "data").exists() else ""


def _wanted() -> str:
    found = os.environ.get("CHARLA_ENGINE", "")
    if found not in ("", NATIVE, DOCKER):
        message = f"CHARLA_ENGINE is {NATIVE} or {DOCKER}, not {found}"
        raise StackError(message)
    return found


def _possible() -> str:
    """Returns what a new run directory becomes where nobody chose: containers where an engine and compose are there."""
    from stack import compose  # noqa: PLC0415 - only what is new asks

    return DOCKER if compose.client() and compose.engine_answers() else NATIVE
