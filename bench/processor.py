"""Which program takes how much of the machine's processors."""

from __future__ import annotations

from time import perf_counter

import psutil

from stack.running import RunningStack


class ProcessorTime:
    """Cores that the programs of a stack take, each with all that it has started, between `begin` and `end`."""

    def __init__(self, stack: RunningStack) -> None:
        self._stack = stack
        self._before: dict[str, float] = {}
        self._began = 0.0
        self.cores: dict[str, float] = {}

    def begin(self) -> None:
        """Look for the first time."""
        self._before, self._began = self._used(), perf_counter()

    def end(self) -> dict[str, float]:
        """Return the cores that each program took since then."""
        seconds = perf_counter() - self._began
        now = self._used()
        self.cores = {name: max(0.0, used - self._before.get(name, used)) / seconds for name, used in now.items()}
        return self.cores

    def words(self) -> str:
        """Return those that took most."""
        most = sorted(self.cores.items(), key=lambda each: -each[1])[:7]
        return ", ".join(f"{name} {cores:.2f}" for name, cores in most if cores >= 0.01)

    def _used(self) -> dict[str, float]:
        return {name: tree_seconds(pid) for name in self._stack.programs if (pid := self._stack.pid(name))}


def tree_seconds(pid: int) -> float:
    """Return the processor seconds of a process and its children, those that have ended included."""
    used = 0.0
    try:
        root = psutil.Process(pid)
        for process in [root, *root.children(recursive=True)]:
            times = process.cpu_times()
            used += times.user + times.system
    except psutil.NoSuchProcess:
        pass
    return used
