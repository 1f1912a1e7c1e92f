"""What runs on the machines: started there, killed, started again; it all ends with its machine."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from drill.cluster.machines import Machine
from stack.rundir import ROOT, RunDir


@dataclass(frozen=True)
class Server:
    """One program on one machine.

    Attributes:
        name: What it is there: `rabbitmq`, `messaging-relay`.
        environment: Its whole environment.
        account: The account that it runs as, where it refuses to run as root.
    """

    machine: Machine
    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(repr=False)
    folder: Path = ROOT
    account: str = ""

    @property
    def full_name(self) -> str:
        """Its name, and where."""
        return f"{self.machine.name}/{self.name}"


class Servers:
    """All of them, by machine and name.

    Args:
        run: Where their words go.
    """

    def __init__(self, run: RunDir) -> None:
        self._run = run
        self._known: dict[str, Server] = {}
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, *servers: Server) -> None:
        """Start servers, and remember them for a later start."""
        for server in servers:
            self._known[server.full_name] = server
            as_account = ["setpriv", f"--reuid={server.account}", f"--regid={server.account}", "--init-groups"]
            command = [*(as_account if server.account else []), *server.command]
            with (self._run.logs / f"{server.machine.name}-{server.name}.log").open("ab") as words:
                self._processes[server.full_name] = subprocess.Popen(  # noqa: S603 - fixed arguments
                    server.machine.inside(command),
                    cwd=server.folder,
                    env=dict(server.environment),
                    stdin=subprocess.DEVNULL,
                    stdout=words,
                    stderr=words,
                    start_new_session=True,
                )

    def find(self, machine: Machine, name: str) -> Server:
        """Return a server that was started."""
        return self._known[f"{machine.name}/{name}"]

    def of(self, machine: Machine) -> list[Server]:
        """Return all servers of a machine, in the order in which they were first started."""
        return [each for each in self._known.values() if each.machine == machine]

    def kill(self, server: Server) -> None:
        """Kill a server and all that it started itself."""
        process = self._processes[server.full_name]
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def runs(self, server: Server) -> bool:
        """Tell whether it has not ended."""
        return self._processes[server.full_name].poll() is None

    def all(self) -> list[Server]:
        """Return all servers."""
        return list(self._known.values())

    def ended(self) -> list[str]:
        """Return the names of those that have ended."""
        return [name for name, process in self._processes.items() if process.poll() is not None]
