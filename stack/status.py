"""Shows what runs, as a table."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import psutil

if TYPE_CHECKING:
    from stack.lifecycle import Stack

_HEADINGS = ("process", "state", "pid", "uptime", "memory", "ready")


def show(stack: Stack) -> int:
    """Prints the table; returns 0 when all is ready, 3 when something is not."""
    if not stack.supervisor.is_up:
        print("Charla is not up. Start it with: ./charla up")
        return 3
    rows = [_row(stack, each) for each in stack.supervisor.states().values()]
    for cells in (_HEADINGS, *rows):
        print("{:<24}{:<10}{:>8}{:>10}{:>10}  {}".format(*cells).rstrip())
    print(f"\nopen {stack.address}")
    return 0 if all(row[-1] == "yes" for row in rows) else 3


def _row(stack: Stack, process: dict[str, Any]) -> tuple[str, ...]:
    name, runs = process["name"], bool(process["pid"])
    return (
        name,
        process["statename"].lower(),
        str(process["pid"] or "-"),
        _duration(time.time() - process["start"]) if runs else "-",
        f"{memory(process['pid']) / 2**20:.0f} MiB" if runs else "-",
        "yes" if runs and stack.is_ready(name) else "no",
    )


def memory(pid: int) -> int:
    """Returns the bytes that a process and its children have for themselves."""
    try:
        parent = psutil.Process(pid)
        family = [parent, *parent.children(recursive=True)]
        return sum(each.memory_full_info().uss for each in family)
    except psutil.Error:
        return 0


def _duration(seconds: float) -> str:
    minutes, seconds = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}"
