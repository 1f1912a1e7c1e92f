"""What `/metrics` answers, in every kind of process."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from prometheus_client import REGISTRY, CollectorRegistry, generate_latest, multiprocess
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from plumbing.process_metrics import local_collectors, register_local

#: The folder in which processes of one family share what they count; prometheus_client reads the setting itself.
_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
_more: list[Collector] = []


def also(collector: Collector) -> None:
    """Show what `collector` tells, too, where it is not in prometheus_client's registry."""
    _more.append(collector)


def exposition() -> bytes:
    """Return all metrics of this process, and of those that share theirs with it, in Prometheus' text format."""
    if _FOLDER not in os.environ:
        register_local()
        return generate_latest(REGISTRY) + _shown(_more)
    shared = CollectorRegistry()
    multiprocess.MultiProcessCollector(shared)  # type: ignore[no-untyped-call]
    return generate_latest(shared) + _shown([_Declared(shared), *local_collectors(), *_more])


class _Declared(Collector):
    """The families that no process of `shared` has counted anything in yet: they exist, as elsewhere."""

    def __init__(self, shared: CollectorRegistry) -> None:
        self._shared = shared

    def collect(self) -> Iterator[Metric]:
        """Return them without values."""
        counted = {family.name for family in self._shared.collect()}
        for family in REGISTRY.collect():
            if family.name.startswith("charla_") and family.name not in counted:
                yield Metric(family.name, family.documentation, family.type)


def _shown(collectors: Sequence[Collector]) -> bytes:
    registry = CollectorRegistry()
    for each in collectors:
        registry.register(each)
    return generate_latest(registry)


def empty_shared() -> None:
    """Forget what an earlier life of this family counted."""
    if folder := os.environ.get(_FOLDER):
        Path(folder).mkdir(parents=True, exist_ok=True)
        for path in Path(folder).glob("*.db"):
            path.unlink(missing_ok=True)


def forget_process(pid: int) -> None:
    """Take a process that has ended out of the shared gauges; what it counted stays."""
    if _FOLDER in os.environ:
        multiprocess.mark_process_dead(pid)  # type: ignore[no-untyped-call]
