"""Brings Charla up in containers and takes it down: the same commands as those of `stack.lifecycle`."""

from __future__ import annotations

import hashlib
import os
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cached_property
from typing import TYPE_CHECKING, cast

from stack import compose, container_files, discovery, environment, ports, tls, topology
from stack.compose import Compose
from stack.engine import Engine
from stack.errors import StackError
from stack.images import Images
from stack.lifecycle import Stack, alone, says_ready
from stack.rundir import write_private
from stack.supervisor import wait_for
from stack.unchanged import Unchanged

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from typing import NoReturn

    from stack.places import Places
    from stack.supervisor import Supervisor

_READY_SECONDS = 180.0
_ATTEMPTS = 3
SHORT = "charla"


@dataclass
class Containers(Stack):
    """One run directory's containers."""

    def __post_init__(self) -> None:
        """Finds the engine, and what was chosen earlier."""
        super().__post_init__()
        self.engine = Engine(self.compose)
        self.supervisor = cast("Supervisor", self.engine)  # in its place; who asks needs what both can

    @cached_property
    def project(self) -> str:
        """What the names of its containers and volumes begin with, as it was chosen first."""
        if self._settings.exists():
            lines = self._settings.read_text().splitlines()
            return dict(line.split("=", 1) for line in lines)["COMPOSE_PROJECT_NAME"]
        # Another clone of this machine may have the short name.
        if self.run.is_default and not compose.has_anything(SHORT):
            return SHORT
        return f"{SHORT}-{hashlib.sha256(os.fsencode(self.run.path)).hexdigest()[:8]}"

    @property
    def tag(self) -> str:
        """That of its images."""
        return os.environ.get("CHARLA_TAG", self.project)

    @cached_property
    def compose(self) -> Compose:
        """The compose client for it."""
        return Compose(self.project, self._settings, container_files.profiles())

    @property
    def _settings(self) -> Path:
        return self.run.folder("compose") / "settings.env"

    @property
    def places(self) -> Places:
        """Where its processes are, as this machine sees it."""
        hosts = {name: each.host for name, each in self.engine.containers().items() if each.host}
        return container_files.places(self.ports, hosts)

    def build(self) -> None:
        """Builds the images of what has changed.

        Raises:
            StackError: one cannot be built.
        """
        if os.environ.get("CHARLA_BUILD", "on") == "off":
            return
        begun = time.monotonic()
        with alone(self.run):
            images = Images(self.run, self.tag, self.prepare())
            if not (stale := images.stale()):
                return
            several = "" if len(stale) < len(images.targets) else " (the first time several minutes)"
            self.say(f"  images: building {', '.join(stale)}{several}")
            try:
                self.compose.run("build", *stale, tell=lambda step: self._say_that_it_builds(step, begun))
            except StackError as failure:
                message = f"{failure}\nWithout containers: CHARLA_ENGINE=native ./charla up"
                raise StackError(message) from failure
            images.keep()
            self.say(f"  images: ready ({time.monotonic() - begun:.1f} s)")

    def _say_that_it_builds(self, step: str, begun: float) -> None:
        self.say(f"  images: {step} ({time.monotonic() - begun:.0f} s)")

    def up(self) -> None:
        """Starts what does not run, and waits until it is ready.

        Raises:
            StackError: something did not become ready.
        """
        begun = time.monotonic()
        with alone(self.run):
            before = {each.id for each in self.engine.containers().values() if each.runs}
            self.prepare()
            unchanged = Unchanged(self.run, self.tag, [*container_files.profiles(), *self._scales()])
            if not unchanged.holds(self.engine.containers()):
                self.say("  containers: starting")
                self._start()
                self.engine.forget()
            self._await_all()
            unchanged.keep(self.engine.containers())
            if not container_files.is_registered():
                self._tell_nginx()
            self._describe_to_this_machine()
        if {each.id for each in self.engine.containers().values()} - before:
            self.say(f"Charla is up after {time.monotonic() - begun:.1f} s: {self.address}")
        else:
            self.say(f"Charla is already up: {self.address}")
        self._tell_of_authority()

    def prepare(self) -> dict[str, str]:
        """Writes all that compose/compose.yaml reads; returns its variables."""
        self.ports = ports.choose(self.run, keep_taken=self.supervisor.is_up, wishes=topology.PORTS)
        tls.decide(self.run)
        values = container_files.write(self.run, self.ports, self._nginx_says)
        values |= {"COMPOSE_PROJECT_NAME": self.project, "CHARLA_TAG": self.tag}
        write_private(self._settings, "".join(f"{name}={value}\n" for name, value in values.items()))
        return values

    def _nginx_says(self) -> str:
        """Returns the version of the image's Nginx, and nothing of use before there is one."""
        image = f"charla/nginx:{self.tag}"
        asked = ("--rm", "--pull", "never", "--network", "none", "--entrypoint", "nginx", image, "-v")
        return compose.docker_says_all("run", *asked)

    def _start(self) -> None:
        """Starts what does not run. On a busy machine a store may be late for who waits for it: then once more."""
        words = ("up", "--detach", "--no-build", "--remove-orphans", *self._scales())
        for _ in range(_ATTEMPTS - 1):
            with suppress(StackError):
                self.compose.run(*words)
                return
        self.compose.run(*words)

    def _scales(self) -> list[str]:
        """Returns how many compose is to run of each program.

        Raises:
            StackError: there cannot be that many.
        """
        counts = {each.name: 1 for each in topology.PROGRAMS} | self.scale
        if os.environ.get("STRIPE_SECRET_KEY"):
            counts["payments-sandbox"] = 0
        if not container_files.is_registered():
            counts |= {discovery.SERVER: 0, discovery.BALANCER: 0}
        if counts.get(discovery.SERVER, 1) > 1:  # behind one name, two that do not know each other would be found
            message = "in containers there is one registry of instances: ./charla up --scale discovery=1"
            raise StackError(message)
        return [word for name, count in counts.items() for word in ("--scale", f"{name}={count}")]

    def _await_all(self) -> None:
        begun = time.monotonic()
        waiting = set(self.engine.containers())

        def all_ready() -> bool:
            for name in sorted(waiting):
                if self.is_ready(name):
                    waiting.discard(name)
                    self.say(f"  {name}: ready ({time.monotonic() - begun:.1f} s)")
            return not waiting

        if not wait_for(all_ready, _READY_SECONDS, step=1.0):
            message = f"not ready: {', '.join(sorted(waiting))}; see ./charla logs NAME"
            raise StackError(message)

    def _tell_nginx(self) -> None:
        """Has Nginx look again who there is, which the registry would tell it."""
        look = "charla-nginx upstreams && kill -HUP 1"
        compose.docker("exec", self.engine.container("nginx").id, "bash", "-c", look)

    def _describe_to_this_machine(self) -> None:
        """Writes the environment of each program as it would be on this machine: for tests, benches and jobs."""
        found = self.places
        for each in topology.PROGRAMS:
            environment.write(self.run, each.name, environment.of_program(self.run, found, each))
        operator = environment.connections(self.run, found, environment.OPERATOR)
        environment.write(self.run, environment.OPERATOR, operator)

    def is_ready(self, name: str) -> bool:
        """Tells whether the container does its work."""
        found = self.engine.containers().get(name)
        if found is None or not found.runs:
            return False
        if found.service in {each.name for each in topology.PROGRAMS}:
            port = 8000 if found.service == "gateway" else 9000
            return says_ready(f"{found.host}:{port}")
        return found.health in ("healthy", None)

    def migrate(self, *, anew: bool = True, retire: bool = True) -> None:
        """Brings each service's tables and queues to what its image expects; each time anew, and all at once.

        Raises:
            StackError: a service's could not be brought there.
        """
        with alone(self.run):
            for service in topology.SERVICES:
                begun = time.monotonic()
                self.compose.run("run", "--rm", "--no-deps", f"migrate-{service}")
                self.say(f"  {service}: tables and queues up to date ({time.monotonic() - begun:.1f} s)")

    def down(self) -> None:
        """Stops and removes every container. Data is kept, in volumes."""
        with alone(self.run):
            if not self.compose.containers():
                self.say("Charla is not up.")
                return
            # Whoever starts a profile by a setting does not have to remember it.
            every = Compose(self.project, self._settings, container_files.PROFILES)
            with suppress(StackError):
                every.run("down", "--remove-orphans")
            # An engine may hold a network for longer than its last container, and compose ends at the first such one.
            if every.containers():
                every.run("down", "--remove-orphans")
            if held := compose.remove_networks(self.project):
                self.say(f"The engine still holds {', '.join(held)}; the next start takes it as it is.")
        self.say("Charla is down; its data is kept.")

    def logs(self, names: Sequence[str]) -> NoReturn:
        """Shows what containers wrote.

        Raises:
            StackError: there is no such container.
        """
        found = self.compose.containers()
        chosen = [found[name] for name in found if any(fnmatch(name, pattern) for pattern in names or ["*"])]
        if not chosen:
            message = "there is no such log"
            raise StackError(message)
        follow = ["--follow"] if sys.stdout.isatty() else []
        if len(chosen) == 1:  # compose knows services, and not which of their containers
            os.execvp("docker", ["docker", "logs", "--tail", "40", *follow, chosen[0].id])  # noqa: S606, S607
        self.compose.become("logs", "--tail", "40", *follow, *{each.service: None for each in chosen})

    def log_lines(self, pattern: str) -> Iterator[str]:
        """Yields what the containers of such a name have written."""
        for name, each in self.engine.containers().items():
            if fnmatch(name, pattern):
                yield from compose.docker_says_all("logs", each.id).splitlines()

    def shell(self, service: str) -> NoReturn:
        """Opens a Python shell in a container of the service."""
        terminal = ["--tty"] if sys.stdin.isatty() else []
        inside = ["python", "-m", "stack.enter", "--alone", "python", "-m", "stack.shell", service]
        container = self.engine.container(service).id
        os.execvp("docker", ["docker", "exec", "--interactive", *terminal, container, *inside])  # noqa: S606, S607

    def control_broker(self, *words: str) -> str:
        """Returns what `rabbitmqctl` says.

        Raises:
            StackError: it failed.
        """
        return compose.docker("exec", self.engine.container("rabbitmq").id, "rabbitmqctl", *words)

    def standings(self) -> dict[str, str]:
        """Returns what the registry says of each container, by its name."""
        known = {each.id[:12]: name for name, each in self.engine.containers().items()}
        told = discovery.instances(self.run, self.places)
        return {known[each.host]: each.status for each in told if each.host in known}
