"""Charla itself on the machines: a gateway on each, the services on two."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from drill.cluster import broker_nodes, cache_nodes, database_nodes
from drill.cluster.machines import Machine
from drill.cluster.servers import Server
from stack import environment, topology
from stack.errors import StackError
from stack.rundir import BIN, ROOT, RunDir

SERVICES = ("auth", "messaging", "subscriptions")
GATEWAY, GATEWAY_PORT = "gateway", 8000
#: How many machines, from the first, have the services.
SERVED_BY = 2


def of(machine: Machine, machines: Sequence[Machine], run: RunDir) -> list[Server]:
    """Return the programs of a machine."""
    has_services = machine in machines[:SERVED_BY]
    wanted = [each for each in topology.written(ROOT) if each.name == GATEWAY or each.service in SERVICES]
    return [_server(each, machine, machines, run) for each in wanted if has_services or each.name == GATEWAY]


def _server(program: topology.Program, machine: Machine, machines: Sequence[Machine], run: RunDir) -> Server:
    command = [str(BIN / program.command[0]), *program.command[1:]]
    return Server(machine, program.name, command, around(program, machine, machines, run))


def around(program: topology.Program, machine: Machine, machines: Sequence[Machine], run: RunDir) -> dict[str, str]:
    """Return a program's environment: that of one machine, but for where the stores are."""
    user = program.service
    found = environment.of_program(run, dict(topology.PORTS), program) | {
        "AMQP_URI": broker_nodes.uris(machine, machines, run, user),
        "AMQP_QUORUM_SIZE": str(len(machines)),
        "REDIS_URL": cache_nodes.url(machine, machines, run, user),
        "SSL_CERT_FILE": "",
        "EUREKA_URLS": "",
        "WEB_CONCURRENCY": "1",
        "GATEWAY_BIND": f"{machine.address}:{GATEWAY_PORT}",
        "GATEWAY_LIMITS_FACTOR": "1000",
        "PROMETHEUS_MULTIPROC_DIR": str(run.folder(machine.name, program.name)),
    }
    if user in topology.SERVICES:
        found["DATABASE_URL"] = database_nodes.url(machines, run, user, user)
    return {name: value for name, value in found.items() if value or name == "EUREKA_URLS"}


def steward(machine: Machine, run: RunDir) -> Server:
    """Return what looks after a machine's stores."""
    around = environment.basic() | {"CHARLA_RUN_DIR": str(run.path)}
    return Server(machine, "steward", [sys.executable, "-m", "drill.cluster.steward", machine.name], around)


def make_tables(machines: Sequence[Machine], run: RunDir) -> None:
    """Carry out the migrations of all services."""
    commands = [("-m", "alembic", "-c", f"svc_{each}/alembic.ini", "upgrade", "head") for each in SERVICES]
    _run_all(commands, machines, run)


def make_queues(machines: Sequence[Machine], run: RunDir) -> None:
    """Declare the queues of all services."""
    _run_all([("-m", "plumbing.deploy", each) for each in SERVICES], machines, run)


def _run_all(commands: Sequence[Sequence[str]], machines: Sequence[Machine], run: RunDir) -> None:
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda service, command: _run(service, command, machines, run), SERVICES, commands))


def _run(service: str, command: Sequence[str], machines: Sequence[Machine], run: RunDir) -> None:
    settings = around(topology.program(service), machines[0], machines, run)
    done = subprocess.run(  # noqa: S603 - fixed arguments
        [sys.executable, *command], cwd=ROOT, env=settings, capture_output=True, text=True, check=False
    )
    if done.returncode:
        message = f"{service}: {' '.join(command)} failed:\n{done.stdout}{done.stderr}"
        raise StackError(message)


def are_ready(machine: Machine, servers: Sequence[Server]) -> bool:
    """Tell whether all programs of a machine say that they may be given work.

    One process asks them all: one for each would take longer, on a busy machine, than what it asks after.
    """
    command = ["curl", "--fail", "--fail-early", "--parallel", "--no-progress-meter", "--max-time", "5"]
    for server in servers:
        command += ["--output", os.devnull, f"http://{_door(server)}/readyz"]
    done = subprocess.run(machine.inside(command), stderr=subprocess.DEVNULL, check=False)  # noqa: S603 - fixed arguments
    return done.returncode == 0


def _door(server: Server) -> str:
    """Return where a program answers operators; but for a gateway's, that is open on its machine alone."""
    if server.name == GATEWAY:
        return f"{server.machine.address}:{GATEWAY_PORT}"
    return f"127.0.0.1:{server.environment['HEALTH_PORT']}"
