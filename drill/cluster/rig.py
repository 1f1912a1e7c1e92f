"""All of it, brought up and taken down: machines, stores, programs."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import psycopg2
import redis

from drill.cluster import broker_nodes, cache_nodes, consensus, database_nodes, programs
from drill.cluster.machines import Machine, Network
from drill.cluster.servers import Server, Servers
from stack.credentials import Passwords, make_keys
from stack.errors import StackError
from stack.rundir import RunDir

READY_S = 240.0
_NEEDED = {
    "ip": "iproute2", "etcd": "etcd-server", "redis-server": "redis-server",
    "rabbitmqctl": "rabbitmq-server", "setpriv": "util-linux", "curl": "curl",
}  # fmt: skip
#: What a store that is not there (yet) raises, whichever it is.
AWAY = (OSError, psycopg2.Error, redis.RedisError, ValueError, KeyError)


class Rig:
    """Three machines with everything on them.

    Args:
        run: Its own folder, which is emptied first and at the end.
        say: Tells the person what happens.
    """

    def __init__(self, run: RunDir, say: Callable[[str], None]) -> None:
        self.run = run
        self.say = say
        self.network = Network(run)
        self.machines = self.network.machines
        self.servers = Servers(run)
        self._given_up = False

    @contextmanager
    def up(self) -> Iterator[None]:
        """Bring everything up, and take it down whatever happens; what an earlier drill left goes first."""
        demand_tools(self.run)
        database_nodes.install(self.say)
        with (self.run.path / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            try:
                self._clear()
                self.network.up()
                self._start()
                yield
            finally:
                self.network.down()
                if "CHARLA_KEEP" not in os.environ:
                    self._clear()

    def _clear(self) -> None:
        self.network.down()
        for entry in self.run.path.iterdir():
            if entry.is_dir():
                shutil.rmtree(entry)
            elif entry.name != "lock":
                entry.unlink()

    def _start(self) -> None:
        self.run.path.chmod(0o711)
        # Files that several threads would make at the same time.
        for user in (*programs.SERVICES, "replicator", "postgres"):
            Passwords(self.run).get(f"postgres-{user}")
        make_keys(self.run)
        cache_nodes.passwords(self.run)
        for machine in self.machines:
            broker_nodes.node(machine, self.machines, self.run)
            programs.of(machine, self.machines, self.run)
        with ThreadPoolExecutor() as pool:
            parts = [pool.submit(each) for each in (self._start_databases, self._start_brokers, self._start_caches)]
            try:
                for part in as_completed(parts):
                    part.result()
            except BaseException:
                self._given_up = True
                raise
        programs.make_queues(self.machines, self.run)
        self._start_programs()

    def _start_databases(self) -> None:
        self.servers.start(*(consensus.member(each, self.machines, self.run) for each in self.machines))
        self.wait("etcd", lambda: all(consensus.is_well(each) for each in self.machines))
        self.servers.start(*(database_nodes.member(each, self.machines, self.run) for each in self.machines))
        self.wait("PostgreSQL with two replicas", lambda: database_nodes.is_whole(self.machines))
        database_nodes.make_databases(self.machines, self.run, programs.SERVICES)
        programs.make_tables(self.machines, self.run)

    def _start_brokers(self) -> None:
        first, *others = self.machines
        self.servers.start(*(broker_nodes.names_server(each, self.run) for each in self.machines))
        self.servers.start(broker_nodes.node(first, self.machines, self.run))
        self.wait("the first RabbitMQ", lambda: bool(broker_nodes.control(first, self.run, "await_startup") or True))
        for each in others:
            self.servers.start(broker_nodes.node(each, self.machines, self.run))
        self.wait("RabbitMQ on three nodes", self._brokers_are_whole)

    def _start_caches(self) -> None:
        for machine in self.machines:
            self.servers.start(*cache_nodes.nodes(machine, self.run))
        cache_nodes.make(self.machines, self.run)
        self.say("  Redis Cluster: ready")

    def _start_programs(self) -> None:
        for machine in self.machines:
            self.servers.start(*programs.of(machine, self.machines, self.run), programs.steward(machine, self.run))
        self.wait("the programs", self.programs_are_ready)

    def programs_are_ready(self) -> bool:
        """Tell whether every program of Charla says so."""
        return all(programs.are_ready(each, self._programs_of(each)) for each in self.machines)

    def _programs_of(self, machine: Machine) -> list[Server]:
        return [each for each in self.servers.of(machine) if "SERVICE_NAME" in each.environment]

    def _brokers_are_whole(self) -> bool:
        return all(broker_nodes.is_whole(each, self.machines, self.run) for each in self.machines)

    def parts(self) -> dict[str, Callable[[], bool]]:
        """Return what tells of each part whether it is whole."""
        checks: dict[str, Callable[[], bool]] = {
            "etcd": lambda: all(consensus.is_well(each) for each in self.machines),
            "PostgreSQL": lambda: database_nodes.is_whole(self.machines),
            "Redis": lambda: cache_nodes.is_whole(self.machines, self.run),
            "RabbitMQ": self._brokers_are_whole,
            "programs": self.programs_are_ready,
        }
        return {name: partial(is_so, check) for name, check in checks.items()}

    def wait(self, what: str, fact: Callable[[], bool], patience_s: float = READY_S) -> float:
        """Wait until a fact is true, and return how long that took.

        Raises:
            StackError: It does not come true.
        """
        begun = time.monotonic()
        while not is_so(fact):
            if self._given_up or time.monotonic() - begun > patience_s:
                message = f"{what}: not within {patience_s:.0f} s; see {self.run.logs}"
                raise StackError(message)
            time.sleep(0.3)
        self.say(f"  {what}: ready ({time.monotonic() - begun:.1f} s)")
        return time.monotonic() - begun


def is_so(fact: Callable[[], bool]) -> bool:
    """Tell whether a fact is true; what cannot be asked is not."""
    with suppress(*AWAY):
        return fact()
    return False


def demand_tools(run: RunDir) -> None:
    """See that what this needs is installed, and that it may be done here.

    Raises:
        StackError: Something is missing.
    """
    places = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/lib/rabbitmq/bin"))
    missing = sorted(package for tool, package in _NEEDED.items() if not shutil.which(tool, path=places))
    if missing:
        message = f"for this, please install as root: apt-get install -y --no-install-recommends {' '.join(missing)}"
        raise StackError(message)
    if os.getuid() != 0:
        message = "network namespaces need root"
        raise StackError(message)
    run.path.chmod(0o711)
    account = ["setpriv", f"--reuid={database_nodes.ACCOUNT}", f"--regid={database_nodes.ACCOUNT}", "--init-groups"]
    if subprocess.run([*account, "test", "-x", str(run.path)], cwd="/", check=False).returncode:  # noqa: S603
        message = f"PostgreSQL cannot enter {run.path}; choose another folder: CHARLA_RUN_DIR=/tmp/NAME"
        raise StackError(message)


def folder() -> RunDir:
    """Return the drill's own folder, beside what a stack has."""
    found = RunDir(Path(RunDir.current().folder("cluster")))
    found.path.parent.chmod(0o711)
    return found
