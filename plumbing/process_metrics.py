"""What a process takes of the machine, its children included, and how late its event loop is.

prometheus_client's own collector of this knows neither threads nor children, and is silent where several
processes share their metrics (gateway, Celery).
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from threading import Thread

from prometheus_client import REGISTRY
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from plumbing.metrics import LOOP_LATE_SECONDS
from plumbing.settings import settings

_PROC = Path("/proc")
_TICK_S = 1.0
_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
#: Places in /proc/PID/stat, counted behind the name in brackets.
_USER, _KERNEL, _CHILDREN_USER, _CHILDREN_KERNEL, _THREADS, _STARTED, _RESIDENT = 11, 12, 13, 14, 17, 19, 21


class ProcessFamily(Collector):
    """A process and its descendants, added up.

    Args:
        root: The process id of the oldest one.
    """

    def __init__(self, root: int) -> None:
        self._root = root

    def collect(self) -> Iterator[Metric]:
        """Return the standard `process_` metrics, and the number of threads and processes."""
        stats = {pid: stat for pid in _family(self._root) if (stat := _stat(pid))}
        if self._root not in stats:
            return
        # The time of children that have ended is their parent's: so the sum never goes back.
        ticks = sum(stat[_USER] + stat[_KERNEL] for stat in stats.values())
        ticks += sum(stat[_CHILDREN_USER] + stat[_CHILDREN_KERNEL] for stat in stats.values())
        files = [_files(pid) for pid in stats]
        yield CounterMetricFamily("process_cpu_seconds", "Processor time.", value=ticks / _TICKS_A_SECOND)
        yield _gauge(
            "process_resident_memory_bytes", "Memory.", sum(each[_RESIDENT] for each in stats.values()) * _PAGE
        )
        yield _gauge(
            "process_threads", "Threads of the operating system.", sum(each[_THREADS] for each in stats.values())
        )
        yield _gauge("process_count", "Processes: this one and its descendants.", len(stats))
        yield _gauge("process_open_fds", "Open files and sockets of whichever has most.", max(files))
        yield _gauge("process_max_fds", "Open files and sockets that each may have.", _most_files(self._root))
        started = _booted() + stats[self._root][_STARTED] / _TICKS_A_SECOND
        yield _gauge("process_start_time_seconds", "When it was started, in Unix time.", started)


class BuildInfo(Collector):
    """Which code a process runs, as a label."""

    def collect(self) -> Iterator[Metric]:
        """Return `charla_build_info`, whose value is always 1."""
        family = GaugeMetricFamily("charla_build_info", "What runs here.", labels=["service", "version"])
        family.add_metric([settings().service_name, settings().charla_version], 1)
        yield family


def _gauge(name: str, about: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, about, value=value)


def _family(root: int) -> list[int]:
    """Return `root` and all its descendants."""
    found = [root]
    for pid in found:  # grows while it is walked
        for task in _PROC.glob(f"{pid}/task/*/children"):
            try:
                found += map(int, task.read_text().split())
            except OSError:
                continue
    return found


def _stat(pid: int) -> list[int] | None:
    try:
        fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None  # it has ended
    return [0, *map(int, fields[1:])]


def _files(pid: int) -> int:
    try:
        return len(os.listdir(_PROC / str(pid) / "fd"))  # noqa: PTH208 - only their number is wanted
    except OSError:
        return 0


def _most_files(pid: int) -> int:
    for line in (_PROC / str(pid) / "limits").read_text().splitlines():
        if line.startswith("Max open files"):
            return int(line.split()[3])
    return 0


@cache
def _booted() -> int:
    lines = (_PROC / "stat").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("btime"))


@cache
def local_collectors() -> tuple[Collector, ...]:
    """Return what tells of this process and its family; a worker of gunicorn belongs to the family of its master."""
    root = os.getppid() if settings().service_name == "gateway" else os.getpid()
    return ProcessFamily(root), BuildInfo()


@cache
def register_local() -> None:
    """Put them into the registry that `/metrics` shows, in the place of prometheus_client's."""
    from prometheus_client import PROCESS_COLLECTOR

    REGISTRY.unregister(PROCESS_COLLECTOR)
    for each in local_collectors():
        REGISTRY.register(each)


@cache
def watch_loop() -> None:
    """Begin to measure how late this process's event loop is; once a process, after it was patched and forked."""
    Thread(target=_tick, daemon=True, name="loop-watch").start()


def _tick() -> None:
    while True:
        begun = time.monotonic()
        time.sleep(_TICK_S)
        LOOP_LATE_SECONDS.observe(max(0.0, time.monotonic() - begun - _TICK_S))
