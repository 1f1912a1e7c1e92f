"""Speaks with Docker: the compose client for what compose/compose.yaml says, the engine for single containers."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import threading
from collections import deque
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from stack.errors import StackError
from stack.rundir import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path
    from typing import NoReturn

FILE = ROOT / "compose" / "compose.yaml"
_ENGINE_SECONDS = 10
#: How often somebody who waits is told what is being done.
TOLD_EACH_S = 20.0
_KEPT_LINES, _LINE = 60, 100
#: An image, as docker-compose begins to tell of it, and a step, as the plain builder and BuildKit do.
_IMAGE = re.compile(r"Building (\S+)$")
_STEP = re.compile(r"Step \d+/\d+ : |#\d+ \[")
_LABEL = "com.docker.compose"


@cache
def client() -> tuple[str, ...] | None:
    """Returns how compose is called here: version 2 before the older program; None where there is neither."""
    if not shutil.which("docker"):
        return None
    plugin = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False)
    if plugin.returncode == 0:
        return ("docker", "compose")
    return ("docker-compose",) if shutil.which("docker-compose") else None


def engine_answers() -> bool:
    """Tells whether a Docker engine runs that this user may speak with."""
    try:
        asked = ["docker", "version", "--format", "{{.Server.Version}}"]
        return subprocess.run(asked, capture_output=True, timeout=_ENGINE_SECONDS, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


class Compose:
    """One project of compose.

    Args:
        project: its name, which begins the names of all its containers and volumes.
        settings: the file of its variables.
        profiles: which parts of it.
    """

    def __init__(self, project: str, settings: Path, profiles: Sequence[str]) -> None:
        self.project = project
        self._settings = settings
        self._profiles = profiles

    def command(self, *words: str) -> list[str]:
        """Returns the whole command line.

        Raises:
            StackError: there is no compose client.
        """
        found = client()
        if found is None:
            message = "Docker's compose is not installed (`docker compose`, or Debian's package docker-compose)"
            raise StackError(message)
        files = ["--project-name", self.project, "--env-file", str(self._settings), "--file", str(FILE)]
        profiles = [word for each in self._profiles for word in ("--profile", each)]
        return [*found, *files, *profiles, *words]

    def run(self, *words: str, tell: Callable[[str], None] | None = None) -> None:
        """Runs a command whose words nobody needs while it succeeds.

        Args:
            words: the command.
            tell: is told now and then what it does, where that takes long.

        Raises:
            StackError: it failed; with the end of what it said.
        """
        process = subprocess.Popen(  # noqa: S603
            self.command(*words),
            cwd=ROOT,
            env=_around(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        with process:
            said = _listen(process, tell or (lambda _line: None))
        if process.returncode:
            end = "\n".join(said)[-3000:]
            message = f"`compose {' '.join(words[:2])}` failed:\n{end}"
            raise StackError(message)

    def become(self, *words: str) -> NoReturn:
        """Becomes a command, for a person to see."""
        command = self.command(*words)
        os.chdir(ROOT)
        os.execvpe(command[0], command, _around())  # noqa: S606

    def containers(self) -> dict[str, Container]:
        """Returns every container that it has, by the name that `./charla` gives its program."""
        named = ["ps", "--all", "--quiet", "--no-trunc", "--filter", f"label={_LABEL}.project={self.project}"]
        numbers = docker(*named).split()
        if not numbers:
            return {}
        found = (Container(each) for each in json.loads(docker("inspect", *numbers)))
        return {each.name: each for each in sorted(found, key=lambda each: each.name)}


class Container:
    """What the engine says of a container."""

    def __init__(self, said: Mapping[str, Any]) -> None:
        """Keeps it."""
        self.id: str = said["Id"]
        labels, state = said["Config"]["Labels"], said["State"]
        self.service: str = labels[f"{_LABEL}.service"]
        number = labels[f"{_LABEL}.container-number"]
        self.name = self.service if number == "1" else f"{self.service}-{number}"
        self.status: str = state["Status"]
        self.runs: bool = state["Running"]
        self.pid: int = state["Pid"]
        self.exit_code: int = state["ExitCode"]
        self.health: str | None = (state.get("Health") or {}).get("Status")
        self.begun = datetime.fromisoformat(state["StartedAt"][:19] + "+00:00").timestamp()
        self.once: bool = said["HostConfig"]["RestartPolicy"]["Name"] in ("", "no")
        nets = said["NetworkSettings"]["Networks"]
        # A network that leads outside is the last choice: not every container is in one.
        self.addresses: dict[str, str] = {name.rpartition("_")[2]: each["IPAddress"] for name, each in nets.items()}

    @property
    def host(self) -> str:
        """Where this machine reaches it."""
        return next((self.addresses[each] for each in ("back", "front", "out") if self.addresses.get(each)), "")


def docker(*words: str) -> str:
    """Returns what a command of Docker says.

    Raises:
        StackError: it failed.
    """
    try:
        done = subprocess.run(["docker", *words], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        message = "Docker is not installed. Without containers: CHARLA_ENGINE=native ./charla up"
        raise StackError(message) from None
    if done.returncode:
        message = f"`docker {words[0]}` failed: {done.stderr.strip()}"
        raise StackError(message)
    return done.stdout


def has_anything(project: str) -> bool:
    """Tells whether a project of that name has containers or data."""
    mine = ("--quiet", "--filter", f"label={_LABEL}.project={project}")
    return bool(docker("ps", "--all", *mine) or docker("volume", "ls", *mine))


def remove_networks(project: str) -> list[str]:
    """Removes the networks that are left of a project; returns the names of those that the engine still holds."""
    held = []
    for name in docker(
        "network", "ls", "--format", "{{.Name}}", "--filter", f"label={_LABEL}.project={project}"
    ).split():
        try:
            docker("network", "rm", name)
        except StackError:
            held.append(name)
    return held


def docker_says_all(*words: str) -> str:
    """Returns what a command of Docker says on both of its outputs, as `logs` does."""
    command = ["docker", *words]
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False
    )
    return done.stdout


def kill(container: Container, number: int = signal.SIGKILL) -> None:
    """Sends a signal as if it came from inside: the engine starts anew what died of it.

    What `docker kill` ends, it takes for stopped on purpose.
    """
    try:
        os.kill(container.pid, number)
    except PermissionError:
        docker("exec", container.id, "bash", "-c", f"kill -{int(number)} -- 1 $(cat /proc/1/task/1/children)")


def _listen(process: subprocess.Popen[str], tell: Callable[[str], None]) -> deque[str]:
    """Waits for the end of a process, and returns the end of what it said."""
    said: deque[str] = deque(maxlen=_KEPT_LINES)
    steps: deque[str] = deque(maxlen=1)

    def read() -> None:
        image = ""
        for line in map(str.rstrip, process.stdout or []):
            said.extend([line] if line else [])
            image = f"{begun[1]}: " if (begun := _IMAGE.match(line)) else image
            steps.extend([image + line] if _STEP.match(line) else [])

    reader = threading.Thread(target=read)
    reader.start()
    while True:
        reader.join(TOLD_EACH_S)
        if not reader.is_alive():
            return said
        if steps:
            tell(steps[0][:_LINE])


def _around() -> dict[str, str]:
    """Returns the environment of compose; the plain builder does where BuildKit is not installed."""
    around = dict(os.environ)
    if not _has_buildkit():
        around |= {"DOCKER_BUILDKIT": "0", "COMPOSE_DOCKER_CLI_BUILD": "0"}
    return around


@cache
def _has_buildkit() -> bool:
    return subprocess.run(["docker", "buildx", "version"], capture_output=True, check=False).returncode == 0
