"""A running stack as tests, benches and the fault drill see it.

stack = load()
stack.kill("postgres", signal.SIGKILL)
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from stack import environment, kinds
from stack.errors import StackError
from stack.rundir import ROOT, RunDir
from stack.supervisor import wait_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stack.lifecycle import Stack


class RunningStack:
    """A handle on a stack that `up` has started."""

    def __init__(self, stack: Stack) -> None:
        """Wraps it."""
        self._stack = stack

    @property
    def url(self) -> str:
        """Where clients find it, such as `http://127.0.0.1:8080`."""
        return self._stack.url

    @property
    def ports(self) -> dict[str, int]:
        """Its ports by name, such as `postgres` or `auth-health`."""
        return dict(self._stack.ports)

    @property
    def programs(self) -> list[str]:
        """The names of all processes."""
        return sorted(self._stack.supervisor.states())

    def env(self, component: str) -> dict[str, str]:
        """Returns the environment of a component; `ops` may do everything."""
        return environment.read(self._stack.run.env_file(component))

    def make_admin(self, username: str) -> None:
        """Gives a person all roles of the platform, by svc_auth's own job; their next token has them."""
        code = f"from svc_auth.jobs import grant_admin; grant_admin.run({username!r})"
        command = [sys.executable, "-W", "ignore", "-c", code]
        around = {**os.environ, **self.env("auth")}
        subprocess.run(command, check=True, cwd=ROOT, env=around, stdout=subprocess.DEVNULL)  # noqa: S603

    def control_broker(self, *words: str) -> str:
        """Returns what `rabbitmqctl` says."""
        return self._stack.control_broker(*words)

    def log_lines(self, pattern: str) -> Iterator[str]:
        """Yields what the programs of such a name have written."""
        return self._stack.log_lines(pattern)

    def pid(self, program: str) -> int:
        """Returns its process id; 0 when it is not running."""
        return self._stack.supervisor.pid(program)

    def is_ready(self, program: str) -> bool:
        """Tells whether it does its work."""
        return self._stack.is_ready(program)

    def wait_until_ready(self, *programs: str, seconds: float = 60.0) -> None:
        """Waits until the programs (all when none is named) are ready.

        Raises:
            StackError: one was not ready in time.
        """
        for name in programs or self.programs:
            if not self.wait_for(partial(self.is_ready, name), seconds):
                message = f"{name} was not ready within {seconds} s"
                raise StackError(message)

    def wait_for(self, fact: Callable[[], bool], seconds: float = 30.0) -> bool:
        """Waits until the fact is true; tells whether it became so in time."""
        return wait_for(fact, seconds)

    def kill(self, program: str, number: int = signal.SIGKILL) -> int:
        """Sends a signal to the program and returns the process id it had."""
        pid = self.pid(program)
        self._stack.supervisor.signal(program, number)
        return pid

    def stop(self, program: str) -> None:
        """Stops the program; it stays stopped until it is started."""
        self._stack.supervisor.stop(program)

    def start(self, program: str) -> None:
        """Starts the program and waits until it is ready."""
        self._stack.supervisor.start(program)
        self.wait_until_ready(program)

    def restart(self, program: str) -> None:
        """Stops the program, letting it drain, and starts it again."""
        self.stop(program)
        self.start(program)


def load(run_dir: str | Path | None = None) -> RunningStack:
    """Returns the stack of a run directory (CHARLA_RUN_DIR, or `.run`).

    Raises:
        StackError: it is not up.
    """
    stack = kinds.of(RunDir(Path(run_dir)) if run_dir else RunDir.current())
    if not stack.supervisor.is_up:
        message = f"no stack is up in {stack.run.path}"
        raise StackError(message)
    return RunningStack(stack)
