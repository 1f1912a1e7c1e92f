"""The stack and what loads it on processors of their own, so that neither takes the other's."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from stack.running import RunningStack


@contextmanager
def kept_apart(stack: RunningStack) -> Iterator[str]:
    """Keep the last processor for this process and what it starts, and all others for the stack; yield that in words.

    Where there is one processor only, both go on sharing it.
    """
    own = os.sched_getaffinity(0)
    if len(own) < 2:
        yield "the driver shares its processor"
        return
    last = max(own)
    try:
        os.sched_setaffinity(0, {last})
        _let_run_on(own - {last}, stack)
        yield f"on {len(own) - 1} of {len(own)} cores, the driver on the last"
    finally:
        os.sched_setaffinity(0, own)
        _let_run_on(own, stack)


def _let_run_on(processors: Iterable[int], stack: RunningStack) -> None:
    for thread in _threads(stack):
        with suppress(ProcessLookupError):  # it has ended meanwhile; what it started runs where it did
            os.sched_setaffinity(thread, processors)


def _threads(stack: RunningStack) -> Iterator[int]:
    """Return the threads of all programs and their children: Linux keeps a set of processors for each."""
    for pid in filter(None, map(stack.pid, stack.programs)):
        with suppress(psutil.NoSuchProcess):
            root = psutil.Process(pid)
            for process in [root, *root.children(recursive=True)]:
                with suppress(FileNotFoundError):
                    yield from (int(each.name) for each in Path(f"/proc/{process.pid}/task").iterdir())
