"""Watches the programs of a stack: who died, what was answered with 5xx, and what the logs complain of."""

from __future__ import annotations

import json
import re
import urllib.request
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from prometheus_client.parser import text_string_to_metric_families

from stack.running import RunningStack

#: Of these the children are watched too: they are workers that answer.
_WITH_WORKERS = ("gateway", "media-edge")
#: The doors' own histograms, by the port of their metrics.
_DOORS = {
    "gateway-health": ("charla_gateway_request_seconds", "operation"),
    "media-edge-health": ("charla_media_edge_request_seconds", "what"),
}
#: What a program writes that is not JSON when it comes to harm.
_HARM = re.compile(
    r"Traceback \(most|PANIC|core dumped|\bsegfault|terminated by signal|WorkerLost|SIGKILL|exited on sig"
)
_LEVELS = {"error", "critical"}
_SHOWN = 300
Process = tuple[int, float]


@dataclass
class Seen:
    """What was seen since the watch was set.

    Attributes:
        deaths: Programs, or workers of theirs, that are not the same ones any more.
        failures: 5xx but for 503, by what was asked and the status.
        unavailable: 503, which says when to come again.
        complaints: Lines of logs, with how often each came.
    """

    deaths: list[str] = field(default_factory=list)
    failures: Counter[str] = field(default_factory=Counter)
    unavailable: Counter[str] = field(default_factory=Counter)
    complaints: Counter[str] = field(default_factory=Counter)

    @property
    def good(self) -> bool:
        """Whether nobody died and nothing failed."""
        return not (self.deaths or self.failures or self.complaints)


class Watch:
    """Looks at a stack before and after.

    Args:
        stack: The running stack.
        logs: The folder of its programs' output.
    """

    def __init__(self, stack: RunningStack, logs: Path) -> None:
        self._stack, self._logs = stack, logs
        self.set()

    def set(self) -> None:
        """Begin anew."""
        self._processes = self._living()
        self._answers = self._answered()
        self._sizes = {path: path.stat().st_size for path in self._files()}

    def seen(self) -> Seen:
        """Return what happened since it was set."""
        now = self._living()
        gone = [name for name, process in self._processes.items() if now.get(name) != process]
        failed = self._answered() - self._answers
        return Seen(
            sorted(gone),
            Counter({what: number for what, number in failed.items() if not what.endswith(" 503")}),
            Counter({what: number for what, number in failed.items() if what.endswith(" 503")}),
            Counter(complaint for path in self._files() for complaint in complaints(path.stem, self._new(path))),
        )

    def _living(self) -> dict[str, Process]:
        found = {}
        for name in self._stack.programs:
            pid = self._stack.pid(name)
            for label, process in _of(name, pid):
                found[label] = process
        return found

    def _answered(self) -> Counter[str]:
        """Return how many answers of 5xx each door counted, by what was asked."""
        found: Counter[str] = Counter()
        for port, (metric, what) in _DOORS.items():
            for name, number in self._stack.ports.items():
                if name == port or re.fullmatch(rf"{port}-\d+|{port.replace('-health', '')}-\d+-health", name):
                    found += counted(_read(number), metric, what)
        return found

    def _files(self) -> list[Path]:
        return sorted(self._logs.glob("*.log"))

    def _new(self, path: Path) -> list[str]:
        """Return the lines since the watch was set; of a file that was begun anew, all of them."""
        before = self._sizes.get(path, 0)
        with path.open("rb") as file:
            file.seek(before if path.stat().st_size >= before else 0)
            return file.read().decode(errors="replace").splitlines()


def _of(name: str, pid: int) -> Iterator[tuple[str, Process]]:
    try:
        process = psutil.Process(pid)
        yield name, (pid, process.create_time())
        if name.startswith(_WITH_WORKERS):
            for number, child in enumerate(sorted(process.children(), key=lambda each: each.pid)):
                yield f"worker {number + 1} of {name}", (child.pid, child.create_time())
    except (psutil.Error, ValueError):
        return


def _read(port: int) -> str:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:  # noqa: S310
            return str(answer.read().decode())
    except OSError:
        return ""


def counted(exposition: str, metric: str, what: str) -> Counter[str]:
    """Return the answers of 5xx in a door's metrics.

    Args:
        exposition: What `/metrics` says.
        metric: The histogram of requests.
        what: Its label for what was asked.
    """
    found: Counter[str] = Counter()
    for family in text_string_to_metric_families(exposition):
        for sample in family.samples if family.name == metric else ():
            if sample.name == f"{metric}_count" and sample.labels["status"].startswith("5"):
                found[f"{sample.labels[what]} {sample.labels['status']}"] += int(sample.value)
    return found


def complaints(program: str, lines: list[str]) -> Iterator[str]:
    """Yield what a program wrote of mistakes, without what differs from one to the next."""
    for line in lines:
        told = _complaint(line)
        if told:
            yield f"{program}: {told[:_SHOWN]}"


def _complaint(line: str) -> str:
    if not line.startswith("{"):
        return line.strip() if _HARM.search(line) else ""
    try:
        entry = json.loads(line)
    except ValueError:
        return ""
    if entry.get("level") not in _LEVELS:
        return ""
    last = str(entry.get("exception") or entry.get("error") or "").strip().rpartition("\n")[2]
    return f"{entry['level']}: {entry.get('event')} {last}".strip()
