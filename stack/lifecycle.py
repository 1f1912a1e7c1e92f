"""Brings the stack up and takes it down."""

from __future__ import annotations

import fcntl
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stack import environment, launch, migration, nginx, ports, postgres, rabbitmq, redis, sources, topology, web
from stack.credentials import make_keys
from stack.errors import StackError
from stack.process import Process
from stack.rundir import BIN, ROOT, RunDir
from stack.supervisor import Supervisor, wait_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    # Makes tables or queues of a service; tells whether it has any.
    Maker = Callable[[RunDir, dict[str, int], str], bool]

_ANSWERS = {
    "rabbitmq": rabbitmq.answers,
    "redis": redis.answers,
    "postgres": postgres.answers,
    "nginx": nginx.answers,
}
_READY_SECONDS = 90.0
_GATEWAY_QUESTIONS = 8


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
        """Where tests and tools find it."""
        return f"http://{environment.HOST}:{self.ports['http']}"

    @property
    def address(self) -> str:
        """Where people open it."""
        return environment.public_url(self.ports)

    def up(self) -> None:
        """Starts what is not running, in order, and waits until it is ready.

        A service that cannot start does not keep the others from starting.

        Raises:
            StackError: something did not become ready.
        """
        begun = time.monotonic()
        with _alone(self.run):
            changed = self._configure()
            # The client is built, where it has to be, while everything else starts.
            with ThreadPoolExecutor(max_workers=1) as pool:
                client = pool.submit(web.bring_up_to_date, self.run, self.say)
                stuck = self._start_infrastructure()
                stuck |= self._make_queues(without=set(stuck))
                failures = [*stuck.values(), *self._start_programs(without=set(stuck))]
                client.result()
        if failures:
            raise StackError("\n".join(failures))
        if changed:
            self.say(f"Charla is up after {time.monotonic() - begun:.1f} s: {self.address}")
        else:
            self.say(f"Charla is already up: {self.address}")

    def _configure(self) -> set[str]:
        if any(character.isspace() for character in str(self.run.path)):
            message = f"RabbitMQ does not start in a folder whose name holds a space: {self.run.path}"
            raise StackError(message)
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
            settings=sources.digest(sources.of_program(ROOT, program.package)),
            stop_seconds=program.stop_seconds,
        )

    def _clear_leftovers(self) -> None:
        """Ends what a supervisor left running that was itself killed."""
        folders = {"postgres": postgres.data_folder(self.run)}
        names = (*topology.INFRASTRUCTURE, *(each.name for each in topology.PROGRAMS))
        for name in names:
            launch.clear(f"{self.run.path}:{name}", folders.get(name, self.run.path / name))

    def _start_infrastructure(self) -> dict[str, str]:
        """Returns what went wrong with tables, by service: they are made while the broker starts."""
        if not (self.run.path / "rabbitmq" / "mnesia").exists():
            migration.forget(self.run)
        self.supervisor.start("epmd", "rabbitmq", "redis")
        if postgres.make_cluster(self.run, self.ports):
            migration.forget(self.run)
        self.supervisor.start("postgres", "nginx")
        # These load while the broker starts, and wait for it themselves.
        self.supervisor.start(*(each.name for each in topology.written(ROOT) if self._is_migrated(each)))
        with ThreadPoolExecutor() as pool:
            tables = pool.submit(self._make_tables)
            list(pool.map(self._await_infrastructure, _ANSWERS))
            return tables.result()

    def _is_migrated(self, program: topology.Program) -> bool:
        parts = migration.PARTS if program.service in topology.SERVICES else ()
        return all(migration.is_current(self.run, program.service, each) for each in parts)

    def _await_infrastructure(self, name: str) -> None:
        begun = time.monotonic()
        if not wait_for(lambda: _ANSWERS[name](self.run, self.ports), _READY_SECONDS):
            message = f"{name} does not answer; see {self.run.logs / name}.log"
            raise StackError(message)
        self.say(f"  {name}: ready ({time.monotonic() - begun:.1f} s)")

    def migrate(self) -> None:
        """Brings each service's tables and queues to what its code expects.

        Raises:
            StackError: a service's could not be brought there.
        """
        with _alone(self.run):
            migration.forget(self.run)
            stuck = self._make_tables()
            stuck |= self._make_queues(without=set(stuck))
        if stuck:
            raise StackError("\n".join(stuck.values()))

    def _make_tables(self) -> dict[str, str]:
        """Returns what went wrong, by service."""
        if not wait_for(lambda: postgres.answers(self.run, self.ports), _READY_SECONDS):
            return {}  # whoever waits for it tells
        postgres.make_databases(self.run, self.ports)
        return self._make("tables", migration.make_tables, topology.SERVICES)

    def _make_queues(self, without: set[str]) -> dict[str, str]:
        """Returns what went wrong, by service, leaving out those named."""
        services = [each for each in topology.SERVICES if each not in without]
        return self._make("queues", migration.make_queues, services)

    def _make(self, what: str, make: Maker, services: Sequence[str]) -> dict[str, str]:
        """Makes tables or queues of the services, all at the same time."""

        def attempt(service: str) -> str:
            begun = time.monotonic()
            try:
                if make(self.run, self.ports, service):
                    migration.remember(self.run, service, what)
                    self.say(f"  {service}: {what} up to date ({time.monotonic() - begun:.1f} s)")
            except StackError as failure:
                return str(failure)
            return ""

        stale = [each for each in services if not migration.is_current(self.run, each, what)]
        with ThreadPoolExecutor() as pool:
            told = zip(stale, pool.map(attempt, stale), strict=True)
            return {service: failure for service, failure in told if failure}

    def _start_programs(self, without: set[str]) -> list[str]:
        """Starts the programs, save those of the services named; returns what went wrong."""
        names = [each.name for each in topology.written(ROOT) if each.service not in without]
        self.supervisor.start(*names)
        with ThreadPoolExecutor(max_workers=len(names) or 1) as pool:
            return [failure for failure in pool.map(self._await_program, names) if failure]

    def _await_program(self, name: str) -> str:
        """Returns what went wrong; nothing when the program is ready."""
        begun = time.monotonic()
        if not wait_for(lambda: self.is_ready(name), _READY_SECONDS, step=0.1):
            return f"{name} did not become ready; see {self.run.logs / name}.log"
        self.say(f"  {name}: ready ({time.monotonic() - begun:.1f} s)")
        return ""

    def is_ready(self, name: str) -> bool:
        """Tells whether the process does its work."""
        if name in _ANSWERS:
            return _ANSWERS[name](self.run, self.ports)
        if name == "epmd":
            return not ports.is_free(self.ports[name])
        if name == "gateway":
            # Each connection meets one of its workers, and every one has to be ready.
            return all(_says_ready(self.ports[name]) for _ in range(_GATEWAY_QUESTIONS))
        return _says_ready(self.ports[f"{name}-health"])

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
