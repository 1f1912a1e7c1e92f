"""Brings the stack up and takes it down."""

from __future__ import annotations

import fcntl
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from stack import (
    discovery,
    environment,
    launch,
    migration,
    monitoring,
    nginx,
    ports,
    postgres,
    rabbitmq,
    redis,
    scaling,
    sources,
    tls,
    topology,
    web,
)
from stack.credentials import make_keys
from stack.errors import StackError
from stack.looking import Looking
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
def alone(run: RunDir) -> Iterator[None]:
    """Lets only one command at a time change the stack."""
    with (run.folder() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@dataclass
class Stack(Looking):
    """One run directory's stack.

    Attributes:
        run: its run directory.
        say: how a line of progress is told.
        passing: how many instances of a program run for a moment beside those that `scale` says.
    """

    run: RunDir
    say: Callable[[str], None] = say
    ports: dict[str, int] = field(default_factory=dict)
    passing: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Finds its supervisor and the ports chosen earlier."""
        self.supervisor = Supervisor(self.run)
        self.ports = ports.remembered(self.run)
        self.scale = scaling.remembered(self.run)

    @property
    def url(self) -> str:
        """Where tests and tools find it."""
        return f"{tls.scheme(self.run)}://{environment.HOST}:{self.ports['http']}"

    @property
    def address(self) -> str:
        """Where people open it."""
        return environment.public_url(self.run, self.ports)

    @property
    def programs(self) -> list[topology.Program]:
        """Every application process, further instances included."""
        counts = {name: self.scale.get(name, 1) + more for name, more in self.passing.items()}
        return topology.instances(topology.written(ROOT), self.scale | counts)

    def build(self) -> None:
        """Makes what runs, before there is any data: processes are started from this folder."""

    def up(self) -> None:
        """Starts what is not running, in order, and waits until it is ready.

        A service that cannot start does not keep the others from starting, and nobody waits for the registry.

        Raises:
            StackError: something did not become ready.
        """
        begun = time.monotonic()
        with alone(self.run):
            changed = self._configure()
            # The client is built, where it has to be, while everything else starts.
            with ThreadPoolExecutor(max_workers=1) as pool:
                made = pool.submit(self._make_client_and_registry)
                stuck = self._start_infrastructure()
                stuck |= self._make_queues(without=set(stuck))
                failures = [*stuck.values(), *self._start_programs(without=set(stuck))]
                if made.result():
                    self.supervisor.start(*discovery.names(self.run, self.programs))
        if failures:
            raise StackError("\n".join(failures))
        if changed:
            self.say(f"Charla is up after {time.monotonic() - begun:.1f} s: {self.address}")
        else:
            self.say(f"Charla is already up: {self.address}")
        self._tell_of_authority()

    def _tell_of_authority(self) -> None:
        if authority := tls.authority(self.run):
            self.say(f"Browsers have to be told to trust its certificate's authority: {authority}")

    def _make_client_and_registry(self) -> bool:
        """Tells whether there is a registry."""
        web.bring_up_to_date(self.run, self.say)
        return discovery.is_wanted() and discovery.bring_up_to_date(self.run, self.say)

    def _configure(self) -> set[str]:
        if any(character.isspace() for character in str(self.run.path)):
            message = f"RabbitMQ does not start in a folder whose name holds a space: {self.run.path}"
            raise StackError(message)
        tls.decide(self.run)
        was_up = self.supervisor.is_up
        if not was_up:
            self._clear_leftovers()  # or else they would still hold the ports
        return self.supervisor.apply(self.describe(keep_ports=was_up, registry=discovery.is_wanted()))

    def describe(self, *, keep_ports: bool, registry: bool) -> list[Process]:
        """Chooses ports, writes settings, and returns every process as it should be by now.

        Args:
            keep_ports: keep remembered ports that are in use, because this stack itself is using them.
            registry: whether instances register.
        """
        self.ports = ports.choose(self.run, keep_taken=keep_ports, wishes=topology.wished_ports(self.programs))
        make_keys(self.run)
        operator = environment.connections(self.run, self.ports, environment.OPERATOR)
        environment.write(self.run, environment.OPERATOR, operator)
        monitoring.write_targets(self.run, self.ports, self.programs)
        told = discovery.processes(self.run, self.ports, self.programs) if registry else []
        return [*self._infrastructure(), *self._programs(), *told]

    def _infrastructure(self) -> list[Process]:
        """Returns what all stands on; whoever runs for a moment only is admitted to Nginx while it does."""
        makers = (rabbitmq.epmd, rabbitmq.prepare, redis.prepare, postgres.prepare, nginx.prepare)
        lasting = topology.wished_ports(topology.instances(topology.written(ROOT), self.scale))
        known = {name: port for name, port in self.ports.items() if name in lasting}
        return [make(self.run, known) for make in makers]

    def _programs(self) -> list[Process]:
        for each in topology.PROGRAMS:
            for lacking in topology.unwritten(each, ROOT):
                self.say(f"  {each.name}: skipped, {lacking} is not written yet")
        return [self._process(each) for each in self.programs]

    def _process(self, program: topology.Program) -> Process:
        return Process(
            program.name,
            ROOT,
            [str(BIN / program.command[0]), *program.command[1:]],
            environment.of_program(self.run, self.ports, program),
            settings=sources.mark(ROOT, program.package),
            stop_seconds=program.stop_seconds,
        )

    def _clear_leftovers(self) -> None:
        """Ends what a supervisor left running that was itself killed."""
        folders = {"postgres": postgres.data_folder(self.run)}
        names = (
            *topology.INFRASTRUCTURE,
            *(each.name for each in self.programs),
            *discovery.names(self.run, self.programs),
        )
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
        self.supervisor.start(*(each.name for each in self.programs if self._is_migrated(each)))
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

    def migrate(self, *, anew: bool = True, retire: bool = True) -> None:
        """Brings each service's tables and queues to what its code expects.

        Args:
            anew: also where the same code did so before.
            retire: delete queues that the code knows no more; code that still runs may.

        Raises:
            StackError: a service's could not be brought there.
        """
        with alone(self.run):
            if anew:
                migration.forget(self.run)
            stuck = self._make_tables()
            stuck |= self._make_queues(without=set(stuck), retire=retire)
        if stuck:
            raise StackError("\n".join(stuck.values()))

    def _make_tables(self) -> dict[str, str]:
        """Returns what went wrong, by service."""
        if not wait_for(lambda: postgres.answers(self.run, self.ports), _READY_SECONDS):
            return {}  # whoever waits for it tells
        postgres.make_databases(self.run, self.ports)
        return self._make("tables", migration.make_tables, topology.SERVICES)

    def _make_queues(self, without: set[str], *, retire: bool = True) -> dict[str, str]:
        """Returns what went wrong, by service, leaving out those named."""
        services = [each for each in topology.SERVICES if each not in without]
        return self._make("queues", partial(migration.make_queues, retire=retire), services, ends=retire)

    def _make(self, what: str, make: Maker, services: Sequence[str], *, ends: bool = True) -> dict[str, str]:
        """Makes tables or queues of the services, all at the same time; takes note of it where nothing is left."""

        def attempt(service: str) -> str:
            begun = time.monotonic()
            try:
                if make(self.run, self.ports, service):
                    if ends:
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
        names = [each.name for each in self.programs if each.service not in without]
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
        if discovery.is_one(name):
            return discovery.answers(self.ports, name) if discovery.is_server(name) else bool(self.supervisor.pid(name))
        if name in self.ports and name.partition("-")[0] == "gateway":
            # Each connection meets one of its workers, and every one has to be ready.
            return all(says_ready(f"{environment.HOST}:{self.ports[name]}") for _ in range(_GATEWAY_QUESTIONS))
        return says_ready(f"{environment.HOST}:{self.ports[f'{name}-health']}")

    def down(self) -> None:
        """Stops everything: first what serves, then what it stands on. Data is kept."""
        with alone(self.run):
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


def says_ready(address: str) -> bool:
    """Tells whether the process that answers there says that it may be given work."""
    try:
        with urllib.request.urlopen(f"http://{address}/readyz", timeout=2) as answer:  # noqa: S310
            return bool(answer.status == 200)  # noqa: PLR2004
    except (OSError, urllib.error.URLError, ValueError):
        return False
