"""Shows what runs, what it does, and what waits: `./charla status`, for people or (`--json`) for programs."""

from __future__ import annotations

import json
import shutil
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import psutil

from stack import discovery, standing
from stack.figures import Figures, Memory, Work, look, work_of
from stack.places import address

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stack.lifecycle import Stack

_QUEUES = "/metrics/detailed?vhost=charla&family=queue_coarse_metrics"
_RED, _YELLOW, _DIM, _PLAIN = "\x1b[31m", "\x1b[33m", "\x1b[2m", "\x1b[0m"
_MUCH_FAILS, _LATE_S = 1.0, 0.5


@dataclass
class Row:
    """A process, and what it does."""

    process: str
    state: str
    pid: int
    uptime_s: float | None
    memory_bytes: int | None
    ready: bool
    registry: str | None
    requests_s: float | None = None
    failed_percent: float | None = None
    p99_s: float | None = None


def show(stack: Stack, *, as_json: bool = False) -> int:
    """Prints it; returns 0 when all is ready, 3 when something is not."""
    if not stack.supervisor.is_up:
        print(json.dumps({"up": False}) if as_json else "Charla is not up. Start it with: ./charla up")
        return 3
    rows, interval_s, sums = _look(stack)
    if as_json:
        found = {"up": True, "address": stack.address, "interval_s": interval_s}
        print(json.dumps(found | {"processes": [asdict(row) for row in rows], "waits": sums}, indent=1))
    else:
        paint = _painter(coloured=sys.stdout.isatty())
        print("\n".join([*_table(rows, paint), "", *_below(sums, paint), "", _ending(stack, interval_s)]))
    return 0 if all(row.ready for row in rows) else 3


def _look(stack: Stack) -> tuple[list[Row], float | None, dict[str, Any]]:
    """Returns the rows, the seconds that rates are of, and what waits. Everything is asked at the same time."""
    known = stack.supervisor.states()
    # A sidecar has no line of its own: what it tells stands beside whom it tells it of.
    shown = [each for name, each in known.items() if not name.endswith(discovery.SIDECAR)]
    with ThreadPoolExecutor(max_workers=2 * len(shown) + 4) as pool:
        registry = pool.submit(stack.standings) if discovery.SERVER in known else None
        queues = pool.submit(_broker, stack, _QUEUES)
        broker = pool.submit(_broker, stack, "/metrics")
        figures = {each["name"]: pool.submit(_figures, stack, each["name"]) for each in shown if each["pid"]}
        ready = {each["name"]: pool.submit(stack.is_ready, each["name"]) for each in shown if each["pid"]}
        told = {name: found for name, each in figures.items() if (found := each.result())}
        standings = registry.result() if registry else {}
        rows = [_row(each, bool(each["pid"]) and ready[each["name"]].result(), standings) for each in shown]
        interval_s = _fill_in(stack, {row.process: row for row in rows}, told)
        return rows, interval_s, standing.sums(told, broker.result(), queues.result()) | _disk(stack)


def _figures(stack: Stack, name: str) -> Figures | None:
    places = stack.places
    return look(address(places, f"{name}-health")) if f"{name}-health" in places else None


def _broker(stack: Stack, path: str) -> Figures | None:
    places = stack.places
    return look(address(places, "rabbitmq-metrics"), path) if "rabbitmq-metrics" in places else None


def _row(process: dict[str, Any], ready: bool, standings: dict[str, str]) -> Row:  # noqa: FBT001
    runs = bool(process["pid"])
    return Row(
        process["name"],
        process["statename"].lower(),
        process["pid"],
        time.time() - process["start"] if runs else None,
        memory(process["pid"]) if runs else None,
        ready,
        standings.get(process["name"]),
    )


def _fill_in(stack: Stack, rows: dict[str, Row], told: dict[str, Figures]) -> float | None:
    """Puts rates into the rows; returns the seconds since the last look, or None where there was none."""
    memory = Memory(stack.run.path / "status.json")
    before, now = memory.recall(), {name: work_of(figures) for name, figures in told.items()}
    for name, work in now.items():
        _put(rows[name], work.since(before.get(name)))
    memory.keep(now)
    return max((time.time() - each.at for each in before.values()), default=None)


def _put(row: Row, done: Work) -> None:
    seconds = done.at - done.started
    if seconds > 0:
        row.requests_s = done.asked / seconds
    if done.asked > 0:
        row.failed_percent = 100 * done.failed / done.asked
        row.p99_s = done.quantile(0.99)


def _disk(stack: Stack) -> dict[str, Any]:
    total, _, free = shutil.disk_usage(stack.run.path)
    return {"disk": {"free_bytes": free, "total_bytes": total}}


def memory(pid: int) -> int:
    """Returns the bytes that a process and its children have for themselves."""
    try:
        parent = psutil.Process(pid)
        family = [parent, *parent.children(recursive=True)]
        return sum(each.memory_full_info().uss for each in family)
    except psutil.Error:
        return 0


class _Painter:
    """Colours words where somebody sees them."""

    def __init__(self, *, coloured: bool) -> None:
        self._coloured = coloured

    def __call__(self, words: str, colour: str) -> str:
        return f"{colour}{words}{_PLAIN}" if self._coloured and colour else words


def _painter(*, coloured: bool) -> _Painter:
    return _Painter(coloured=coloured)


_COLUMNS = (
    ("process", "{:<24}"), ("state", "{:<9}"), ("pid", "{:>8}"), ("uptime", "{:>9}"), ("memory", "{:>9}"),
    ("ready", "  {:<5}"), ("registry", " {:<9}"), ("req/s", "{:>7}"), ("fail", "{:>6}"), ("p99", "{:>8}"),
)  # fmt: skip


def _table(rows: Sequence[Row], paint: _Painter) -> list[str]:
    # Without a registry its column says nothing.
    wanted = [each for each in _COLUMNS if each[0] != "registry" or any(row.registry for row in rows)]
    heading = "".join(form.format(name) for name, form in wanted).rstrip()
    return [paint(heading, _DIM), *("".join(_cells(row, wanted, paint)).rstrip() for row in rows)]


def _cells(row: Row, wanted: Sequence[tuple[str, str]], paint: _Painter) -> list[str]:
    words = {
        "process": row.process,
        "state": row.state,
        "pid": str(row.pid or "-"),
        "uptime": duration(row.uptime_s) if row.uptime_s is not None else "-",
        "memory": f"{row.memory_bytes / 2**20:.0f} MiB" if row.memory_bytes is not None else "-",
        "ready": "yes" if row.ready else "no",
        "registry": row.registry or "-",
        "req/s": "" if row.requests_s is None else f"{row.requests_s:.1f}",
        "fail": "" if row.failed_percent is None else f"{row.failed_percent:.1f}%",
        "p99": "" if row.p99_s is None else standing.seconds(row.p99_s),
    }
    bad = {
        "ready": "" if row.ready else _RED,
        "fail": _RED if (row.failed_percent or 0) > _MUCH_FAILS else "",
        "p99": _YELLOW if (row.p99_s or 0) > _LATE_S else "",
    }
    return [paint(form.format(words[name]), bad.get(name, "")) for name, form in wanted]


def _below(sums: dict[str, Any], paint: _Painter) -> list[str]:
    return [f"{paint(f'{name:<12}', _DIM)}{paint(words, colour)}" for name, words, colour in standing.lines(sums)]


def _ending(stack: Stack, interval_s: float | None) -> str:
    since = f"the last {duration(interval_s)}" if interval_s else "each process's life so far"
    return f"rates are of {since}\nopen {stack.address}"


def duration(seconds: float) -> str:
    """Returns hours, minutes and seconds."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"
