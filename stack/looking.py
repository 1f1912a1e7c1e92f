"""What people look at in a native stack, and by which tools; `stack.containers` has its own of each."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from stack import discovery, environment, rabbitmq, topology
from stack.errors import StackError
from stack.rundir import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import NoReturn

    from stack.rundir import RunDir


class Looking:
    """Logs, shells, and what the broker and the registry tell of a run directory."""

    run: RunDir
    ports: dict[str, int]

    @property
    def places(self) -> dict[str, int]:
        """Where its processes are."""
        return self.ports

    def logs(self, names: Sequence[str]) -> NoReturn:
        """Becomes what shows the end of these programs' logs, of all where none is named.

        Raises:
            StackError: there is no such log.
        """
        files = [str(path) for name in names or ["*"] for path in sorted(self.run.logs.glob(f"{name}.log"))]
        if not files:
            message = "there is no such log"
            raise StackError(message)
        follow = ["-F"] if sys.stdout.isatty() else []
        os.execvp("tail", ["tail", "-n", "40", *follow, *files])  # noqa: S606, S607

    def log_lines(self, pattern: str) -> Iterator[str]:
        """Yields what the programs of such a name have written."""
        for path in sorted(self.run.logs.glob(f"{pattern}.log")):
            yield from path.read_text(errors="replace").splitlines()

    def shell(self, service: str) -> NoReturn:
        """Becomes a Python shell with the settings of a service."""
        around = environment.of_program(self.run, self.ports, topology.program(service))
        os.chdir(ROOT)
        os.execvpe(sys.executable, [sys.executable, "-m", "stack.shell", service], around)  # noqa: S606

    def control_broker(self, *words: str) -> str:
        """Returns what `rabbitmqctl` says.

        Raises:
            StackError: it failed.
        """
        around = rabbitmq.node_environment(self.run.path / "rabbitmq", self.ports)
        done = subprocess.run([str(rabbitmq.CONTROL), *words], env=around, capture_output=True, text=True, check=False)
        if done.returncode:
            message = f"`rabbitmqctl {words[0]}` failed: {done.stderr.strip()}"
            raise StackError(message)
        return done.stdout

    def standings(self) -> dict[str, str]:
        """Returns what the registry says of each program, by its name."""
        return discovery.standings(self.run, self.ports)
