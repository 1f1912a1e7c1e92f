"""The log lines of one request, of all processes, in the order of time."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from stack.lifecycle import Stack

#: Of a whole traceparent the trace id is wanted.
_TRACE_ID = re.compile(r"[0-9a-f]{32}")
_FIRST = ("timestamp", "service", "level", "event")


def show(stack: Stack, trace: str, names: Sequence[str]) -> int:
    """Prints the lines of the request with that trace id, or id of its own; returns 1 when there is none."""
    # An id that the client or the proxy gave is known to the gateway alone; the trace's is known to all.
    named = {line.get("trace_id", trace) for line in _lines(stack, trace, names)}
    found = sorted((line for each in named for line in _lines(stack, each, names)), key=lambda line: line["timestamp"])
    for line in found:
        print(told(line))
    if not found:
        print(f"nobody wrote of {trace}")
    return 0 if found else 1


def _lines(stack: Stack, trace: str, names: Sequence[str]) -> Iterator[dict[str, Any]]:
    for name in names or ["*"]:
        yield from of_trace(trace, stack.log_lines(name))


def of_trace(trace: str, lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Yields the lines that belong to the trace; its id may be inside of a traceparent."""
    match = _TRACE_ID.search(trace)
    wanted = match.group() if match else trace
    for line in lines:
        if wanted in line and line.startswith("{"):
            try:
                found = json.loads(line)
            except ValueError:
                continue  # a line that was cut off
            if wanted in (found.get("trace_id"), found.get("request_id")):
                yield found


def told(line: dict[str, Any]) -> str:
    """Returns a line as people read it: when, who, how bad, what, and the rest."""
    rest = {name: value for name, value in line.items() if name not in (*_FIRST, "trace_id", "exception")}
    words = [str(line.get(name, "-")) for name in _FIRST] + [f"{name}={value}" for name, value in rest.items()]
    trouble = "".join(f"\n    {each}" for each in str(line.get("exception", "")).splitlines())
    return " ".join(words) + trouble
