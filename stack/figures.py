"""What processes tell of themselves at /metrics, as `status` needs it: sums, rates and quantiles."""

from __future__ import annotations

import json
import re
import time
import urllib.request
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from stack.rundir import write_private

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_LINE = re.compile(r"([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
_PATIENCE_S = 1.2
#: A look longer ago than this says little of now; a shorter one than that has seen too little.
_OLDEST_S, _YOUNGEST_S = 900.0, 1.0
#: What a process is asked, and which of its answers are its own failures.
_ASKED = {
    "charla_gateway_request_seconds": ("status", re.compile("5..")),
    "charla_media_edge_request_seconds": ("status", re.compile("5..")),
    "charla_sandbox_request_seconds": ("status", re.compile("5..")),
    "charla_rpc_seconds": ("outcome", re.compile("internal|unavailable")),
    "charla_media_task_seconds": ("outcome", re.compile("failed")),
}
#: Whoever waits on purpose, or is asked by ourselves, says nothing of how fast it is.
_UNCOUNTED = frozenset({"poll", "get_readiness", "get_health", "ready", "alive", "metrics", "health"})


@dataclass
class Figures:
    """Everything that one process told at one time.

    Attributes:
        at: when, in Unix time.
        series: the values by name and labels.
    """

    at: float
    series: dict[str, list[tuple[dict[str, str], float]]] = field(default_factory=dict)

    def values(self, name: str) -> Iterator[tuple[dict[str, str], float]]:
        """Yields labels and value of each series of that name."""
        yield from self.series.get(name, ())

    def total(self, name: str) -> float | None:
        """Returns the sum of all series of that name; None when there is none."""
        found = [value for _, value in self.values(name)]
        return sum(found) if found else None


def look(address: str, path: str = "/metrics") -> Figures | None:
    """Returns what the process there tells; None when it does not answer soon."""
    try:
        with urllib.request.urlopen(f"http://{address}{path}", timeout=_PATIENCE_S) as answer:  # noqa: S310
            return parse(answer.read().decode())
    except (OSError, ValueError):
        return None


def parse(text: str) -> Figures:
    """Returns what is written in Prometheus' text format."""
    found = Figures(time.time())
    for line in text.splitlines():
        if not line or line[0] == "#" or line.startswith(("python_", "erlang_")):
            continue
        match = _LINE.fullmatch(line)
        if match:
            name, labels, value = match.groups()
            found.series.setdefault(name, []).append((dict(_LABEL.findall(labels or "")), float(value)))
    return found


@dataclass
class Work:
    """What a process was asked so far, of every kind together.

    Attributes:
        at: until when.
        started: when the process was started.
        asked: how often.
        failed: how often it failed by its own fault.
        within: how many were done within so many seconds.
    """

    at: float
    started: float
    asked: float = 0.0
    failed: float = 0.0
    within: dict[str, float] = field(default_factory=dict)

    def since(self, before: Work | None) -> Work:
        """Returns what came since an earlier look; since the start where that was of another life."""
        if before is None or before.started != self.started or before.asked > self.asked:
            return self
        within = {limit: count - before.within.get(limit, 0.0) for limit, count in self.within.items()}
        return Work(self.at, before.at, self.asked - before.asked, self.failed - before.failed, within)

    def quantile(self, share: float) -> float | None:
        """Returns within how many seconds that share was done, by the buckets; None when nothing was asked."""
        limits = sorted((float(limit), count) for limit, count in self.within.items())
        if not limits or not limits[-1][1]:
            return None
        wanted, low, done = share * limits[-1][1], 0.0, 0.0
        for limit, count in limits:
            if count >= wanted:
                return low if limit == float("inf") else low + (limit - low) * (wanted - done) / ((count - done) or 1.0)
            low, done = limit, count
        return low


def work_of(figures: Figures) -> Work:
    """Returns what a process was asked."""
    found = Work(figures.at, figures.total("process_start_time_seconds") or 0.0)
    within: dict[str, float] = defaultdict(float)
    for family, (label, failed) in _ASKED.items():
        for labels, value in figures.values(f"{family}_count"):
            if _counts(labels):
                found.asked += value
                found.failed += value if failed.fullmatch(labels.get(label, "")) else 0.0
        for labels, value in figures.values(f"{family}_bucket"):
            if _counts(labels):
                within[labels["le"].replace("+Inf", "inf")] += value
    found.within = dict(within)
    return found


def _counts(labels: Mapping[str, str]) -> bool:
    return not _UNCOUNTED & {labels.get("operation"), labels.get("what"), labels.get("method")}


class Memory:
    """The last look, kept in the run directory, so that the next one can tell rates."""

    def __init__(self, path: Path) -> None:
        """Remembers where it is."""
        self._path = path

    def recall(self) -> dict[str, Work]:
        """Returns the works of the last look, by program; none where that was too long ago, or just now."""
        try:
            kept: dict[str, dict[str, Any]] = json.loads(self._path.read_text())
            works = {name: Work(**work) for name, work in kept.items()}
        except (OSError, ValueError, TypeError):
            return {}
        return {name: each for name, each in works.items() if _YOUNGEST_S <= time.time() - each.at <= _OLDEST_S}

    def keep(self, works: Mapping[str, Work]) -> None:
        """Keeps this look for the next one."""
        write_private(self._path, json.dumps({name: vars(work) for name, work in works.items()}))
