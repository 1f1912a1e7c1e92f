"""The Docker engine in the supervisor's place: it keeps every container of one project alive."""

from __future__ import annotations

import signal
import threading
import time
from typing import TYPE_CHECKING, Any

from stack import compose, topology

if TYPE_CHECKING:
    from stack.compose import Compose, Container

# Long enough for whatever stops slowest.
_LONGEST_STOP_S = 60
# For how long what was seen is told again, in seconds.
_FRESH_S = 0.5


class Engine:
    """Asks the engine what the supervisor is asked of processes."""

    def __init__(self, project: Compose) -> None:
        """Remembers whose containers."""
        self._project = project
        self._seen: dict[str, Container] = {}
        self._seen_at = -_FRESH_S
        self._looking = threading.Lock()

    def containers(self) -> dict[str, Container]:
        """Returns those that live on, by the names of their programs; not those that do one thing and end.

        Many ask at the same time, and each look starts two processes: what was seen a moment ago is told again.
        """
        with self._looking:
            if time.monotonic() - self._seen_at >= _FRESH_S:
                self._seen = {name: each for name, each in self._project.containers().items() if not each.once}
                self._seen_at = time.monotonic()
            return self._seen

    def forget(self) -> None:
        """Has the next who asks look anew."""
        self._seen_at = -_FRESH_S

    def container(self, name: str) -> Container:
        """Returns the container of that name as it is now; KeyError where there is none."""
        self.forget()
        return self.containers()[name]

    @property
    def is_up(self) -> bool:
        """Whether anything of it runs."""
        return any(each.runs for each in self.containers().values())

    def states(self) -> dict[str, dict[str, Any]]:
        """Returns what is known of each container, by its name."""
        return {
            name: {"name": name, "statename": each.status.upper(), "pid": each.pid, "start": each.begun}
            for name, each in self.containers().items()
        }

    def pid(self, name: str) -> int:
        """Returns the process id of its first process as this machine sees it; 0 when it does not run."""
        found = self.containers().get(name)
        return found.pid if found else 0

    def signal(self, name: str, number: int = signal.SIGKILL) -> None:
        """Sends a signal to its first process."""
        compose.kill(self.container(name), number)

    def start(self, *names: str) -> None:
        """Starts containers that are stopped."""
        known = self.containers()
        if wanted := [known[name].id for name in names if name in known]:
            compose.docker("start", *wanted)
            self.forget()

    def stop(self, *names: str) -> None:
        """Stops containers, letting them drain for as long as their programs may."""
        self.forget()
        known = self.containers()
        for name in names:
            if name in known and known[name].runs:
                compose.docker("stop", "--time", str(patience_s(known[name].service)), known[name].id)
        self.forget()


def patience_s(service: str) -> int:
    """Returns how long a container may take to stop, in seconds."""
    found = {each.name: each.stop_seconds for each in topology.PROGRAMS}
    return found.get(service, _LONGEST_STOP_S)
