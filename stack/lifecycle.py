"""Brings the stack up and takes it down."""

from __future__ import annotations

import fcntl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stack import environment, launch, nginx, ports, postgres, rabbitmq, redis, topology
from stack.credentials import make_keys
from stack.errors import StackError
from stack.process import Process
from stack.rundir import BIN, ROOT, RunDir
from stack.supervisor import Supervisor, wait_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_ANSWERS = {
    "rabbitmq": rabbitmq.answers,
    "redis": redis.answers,
    "postgres": postgres.answers,
    "nginx": nginx.answers,
}
_READY_SECONDS = 90.0


def say(line: str) -> None:
    """Tells the person what happens."""
    print(line, flush=True)


@contextmanager
def _alone(run: RunDir) -> Iterator[None]:
    """Lets only one command at a time change the stack."""
    with (run.folder() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@dataclass
class Stack:
    """One run directory's stack.

    Attributes:
        run: its run directory.
        say: how a line of progress is told.
    """

    run: RunDir
    say: Callable[[str], None] = say
    ports: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Finds its supervisor and the ports chosen earlier."""
        self.supervisor = Supervisor(self.run)
        self.ports = ports.remembered(self.run)

    @property
    def url(self) -> str:
        """Where clients find it."""
        return f"http://{environment.HOST}:{self.ports['http']}"

    def up(self) -> None:
        """Starts what is not running, in order, and waits until it is ready.

        Raises:
            StackError: something did not become ready.
        """
        begun = time.monotonic()
        with _alone(self.run):
            changed = self._configure()
            self._start_infrastructure()
            self.migrate()
            self._start_programs()
        if changed:
            self.say(f"Charla is up after {time.monotonic() - begun:.1f} s: {self.url}")
        else:
            self.say(f"Charla is already up: {self.url}")

    def _configure(self) -> set[str]:
        was_up = self.supervisor.is_up
        if not was_up:
            self._clear_leftovers()  # or else they would still hold the ports
        self.ports = ports.choose(self.run, keep_taken=was_up)
        make_keys(self.run)
        operator = environment.connections(self.run, self.ports, environment.OPERATOR)
        environment.write(self.run, environment.OPERATOR, operator)
        return self.supervisor.apply([*self._infrastructure(), *self._programs()])

    def _infrastructure(self) -> list[Process]:
        makers = (rabbitmq.epmd, rabbitmq.prepare, redis.prepare, postgres.prepare, nginx.prepare)
        return [make(self.run, self.ports) for make in makers]

    def _programs(self) -> list[Process]:
        for each in topology.PROGRAMS:
            for lacking in topology.unwritten(each, ROOT):
                self.say(f"  {each.name}: skipped, {lacking} is not written yet")
        return [self._process(each) for each in topology.written(ROOT)]

    def _process(self, program: topology.Program) -> Process:
        return Process(
            program.name,
            ROOT,
            [str(BIN / program.command[0]), *program.command[1:]],
            environment.of_program(self.run, self.ports, program),
            stop_seconds=program.stop_seconds,
        )

    def _clear_leftovers(self) -> None:
        """Ends what a supervisor left running that was itself killed."""
        folders = {"postgres": postgres.data_folder(self.run)}
        names = (*topology.INFRASTRUCTURE, *(each.name for each in topology.PROGRAMS))
        for name in names:
            launch.clear(f"{self.run.path}:{name}", folders.get(name, self.run.path / name))

    def _start_infrastructure(self) -> None:
        self.supervisor.start("epmd", "rabbitmq", "redis")
        postgres.make_cluster(self.run, self.ports)
        self.supervisor.start("postgres", "nginx")
        with ThreadPoolExecutor() as pool:
            list(pool.map(self._await_infrastructure, _ANSWERS))
        postgres.make_databases(self.run, self.ports)

    def _await_infrastructure(self, name: str) -> None:
        begun = time.monotonic()
        if not wait_for(lambda: _ANSWERS[name](self.run, self.ports), _READY_SECONDS):
            message = f"{name} does not answer; see {self.run.logs / name}.log"
            raise StackError(message)
        self.say(f"  {name}: ready ({time.monotonic() - begun:.1f} s)")

    def migrate(self) -> None:
        """Brings each service's tables and queues to what its code expects."""
        with ThreadPoolExecutor() as pool:
            list(pool.map(self._migrate, topology.SERVICES))

    def _migrate(self, service: str) -> None:
        settings = f"svc_{service}/alembic.ini"
        if (ROOT / settings).exists():
            self._run_for(service, "tables", "-m", "alembic", "-c", settings, "upgrade", "head")
        if not (ROOT / "plumbing" / "deploy.py").exists():
            self.say(f"  {service}: queues skipped, plumbing/deploy.py is not written yet")
        elif (ROOT / f"svc_{service}" / "service.py").exists():
            self._run_for(service, "queues", "-m", "plumbing.deploy", service)

    def _run_for(self, service: str, what: str, *command: str) -> None:
        begun = time.monotonic()
        done = subprocess.run(  # noqa: S603
            [sys.executable, *command],
            cwd=ROOT,
            env=environment.of_program(self.run, self.ports, topology.program(service)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            message = f"{service}: its {what} could not be brought up to date:\n{done.stdout}"
            raise StackError(message)
        self.say(f"  {service}: {what} up to date ({time.monotonic() - begun:.1f} s)")

    def _start_programs(self) -> None:
        names = [each.name for each in topology.written(ROOT)]
        self.supervisor.start(*names)
        with ThreadPoolExecutor(max_workers=len(names) or 1) as pool:
            list(pool.map(self._await_program, names))

    def _await_program(self, name: str) -> None:
        begun = time.monotonic()
        if not wait_for(lambda: self.is_ready(name), _READY_SECONDS, step=0.1):
            message = f"{name} did not become ready; see {self.run.logs / name}.log"
            raise StackError(message)
        self.say(f"  {name}: ready ({time.monotonic() - begun:.1f} s)")

    def is_ready(self, name: str) -> bool:
        """Tells whether the process does its work."""
        if name in _ANSWERS:
            return _ANSWERS[name](self.run, self.ports)
        if name == "epmd":
            return not ports.is_free(self.ports[name])
        doors = [self.ports[f"{name}-health"]]
        if name == "gateway":
            doors.append(self.ports["gateway"])
        return any(_says_ready(port) for port in doors)

    def down(self) -> None:
        """Stops everything: first what serves, then what it stands on. Data is kept."""
        with _alone(self.run):
            if not self.supervisor.is_up:
                self._clear_leftovers()
                self.say("Charla is not up.")
                return
            known = self.supervisor.states()
            self.supervisor.stop(*(each for each in known if each not in topology.INFRASTRUCTURE))
            self.supervisor.stop(*(each for each in known if each in topology.INFRASTRUCTURE))
            self.supervisor.shut_down()
            self._clear_leftovers()
        self.say("Charla is down; its data is kept.")


def _says_ready(port: int) -> bool:
    try:
        url = f"http://{environment.HOST}:{port}/readyz"
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310
            return bool(answer.status == 200)  # noqa: PLR2004
    except (OSError, urllib.error.URLError, ValueError):
        return False
