"""A Redis Cluster: its settings, how servers become one, and two of them on each machine."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from redis import Redis, RedisError

from drill.cluster.machines import Machine
from drill.cluster.servers import Server
from stack import topology
from stack.credentials import Passwords
from stack.environment import OPERATOR, basic
from stack.redis import user_rule
from stack.rundir import RunDir, write_private

SLOTS = 16_384
#: After so much silence a node is taken for dead, in milliseconds; then a replica takes its place.
NODE_TIMEOUT_MS = 3_000
#: A master, and a copy of the previous machine's master: each part of the keys lives on two machines.
MASTER, COPY = "redis", "redis-copy"
NAMES = {MASTER: 6379, COPY: 6380}
_BUS = 10_000
PORTS = tuple(port + more for port in NAMES.values() for more in (0, _BUS))


class Place(NamedTuple):
    """Where one server listens, for clients and for the other servers."""

    host: str
    port: int
    bus_port: int


def settings(
    place: Place, folder: str, passwords: Mapping[str, str], operator: str, node_timeout_ms: int = NODE_TIMEOUT_MS
) -> str:
    """Return the settings of a server; `passwords` by user, `operator` among them."""
    users = "".join(f"{user_rule(user, password)}\n" for user, password in passwords.items())
    return f"""\
bind {place.host}
protected-mode no
port {place.port}
cluster-enabled yes
cluster-config-file nodes.conf
cluster-port {place.bus_port}
cluster-node-timeout {node_timeout_ms}
cluster-require-full-coverage no
cluster-replica-validity-factor 0
masteruser {operator}
masterauth {passwords[operator]}
daemonize no
dir "{folder}"
save ""
appendonly no
repl-diskless-sync yes
repl-diskless-sync-delay 0
maxmemory 64mb
maxmemory-policy allkeys-lru
user default off nopass nocommands
{users}"""


def client(place: Place, operator: str, password: str) -> Any:
    """Return the operator's client of one server."""
    return Redis(place.host, place.port, username=operator, password=password, socket_timeout=2, decode_responses=True)


def form(masters: Sequence[Place], replicas: Mapping[Place, Place], operator: str, password: str) -> None:
    """Make one cluster of empty servers, the slots in equal parts; `replicas` by whom they copy.

    Raises:
        TimeoutError: It does not come together.
    """
    places = [*masters, *replicas]
    nodes = {each: client(each, operator, password) for each in places}
    for each in places:
        _await("answers", lambda each=each: bool(nodes[each].ping()))
    for number, each in enumerate(masters):
        first, last = (SLOTS * at // len(masters) for at in (number, number + 1))
        nodes[each].execute_command("CLUSTER ADDSLOTSRANGE", first, last - 1)
        nodes[each].execute_command("CLUSTER SET-CONFIG-EPOCH", number + 1)
    for each in places[1:]:
        nodes[masters[0]].execute_command("CLUSTER MEET", each.host, each.port, each.bus_port)
    _await("know each other", lambda: all(_knows(node, len(places)) for node in nodes.values()))
    for replica, master in replicas.items():
        name = nodes[master].execute_command("CLUSTER MYID")
        nodes[replica].execute_command("CLUSTER REPLICATE", name)
    _await("are well", lambda: all(is_well(node, len(places)) for node in nodes.values()))
    for node in nodes.values():
        node.close()


def is_well(node: Any, size: int) -> bool:
    """Tell whether a server sees `size` servers, none of them failing, and a master for each slot."""
    lines = node.execute_command("CLUSTER NODES").values()
    told = node.execute_command("CLUSTER INFO")
    flags = [str(each["flags"]) for each in lines]
    return told["cluster_state"] == "ok" and len(flags) == size and not any("fail" in each for each in flags)


def _knows(node: Any, size: int) -> bool:
    return len([each for each in node.execute_command("CLUSTER NODES").values() if each["connected"]]) == size


def _await(what: str, fact: object, patience_s: float = 30.0) -> None:
    end = time.monotonic() + patience_s
    while time.monotonic() < end:
        with suppress(RedisError, OSError):
            if fact():  # type: ignore[operator]
                return
        time.sleep(0.1)
    msg = f"the servers of Redis do not: {what}"
    raise TimeoutError(msg)


def place_of(machine: Machine, name: str) -> Place:
    """Return where a server of a machine listens."""
    return Place(machine.address, NAMES[name], NAMES[name] + _BUS)


def nodes(machine: Machine, run: RunDir) -> list[Server]:
    """Write the settings of a machine's servers, and return them."""
    found = []
    for name in NAMES:
        home = run.folder(machine.name, name)
        write_private(home / "redis.conf", settings(place_of(machine, name), str(home), passwords(run), OPERATOR))
        found.append(Server(machine, name, ["redis-server", str(home / "redis.conf")], basic(), home))
    return found


def passwords(run: RunDir) -> dict[str, str]:
    """Return the password of each user."""
    people = (*topology.SERVICES, *topology.CLIENTS, OPERATOR)
    return {user: Passwords(run).get(f"redis-{user}") for user in people}


def make(machines: Sequence[Machine], run: RunDir) -> None:
    """Make the cluster of all machines."""
    masters = [place_of(each, MASTER) for each in machines]
    copies = {
        place_of(each, COPY): masters[number - 1]  # of the one before; of the last one on the first
        for number, each in enumerate(machines)
    }
    form(masters, copies, OPERATOR, passwords(run)[OPERATOR])


def url(machine: Machine, machines: Sequence[Machine], run: RunDir, user: str) -> str:
    """Return the REDIS_URL of a user on a machine: its own servers first."""
    nearest = sorted(machines, key=lambda each: each != machine)
    hosts = ",".join(f"{each.address}:{port}" for each in nearest for port in NAMES.values())
    return f"redis+cluster://{user}:{passwords(run)[user]}@{hosts}/0"


def operator(machine: Machine, name: str, run: RunDir) -> Any:
    """Return the operator's client of a server of a machine."""
    return client(place_of(machine, name), OPERATOR, passwords(run)[OPERATOR])


def is_in_step(server: Any) -> bool:
    """Tell whether a server is a copy, and has all that its master has."""
    told = server.info("replication")
    return bool(told["role"] == "slave" and told["master_link_status"] == "up" and not told["master_sync_in_progress"])


def take_over(copy: Any) -> None:
    """Have a copy take its master's place, who hands it over; nothing is lost by that."""
    copy.execute_command("CLUSTER FAILOVER")


def is_whole(machines: Sequence[Machine], run: RunDir) -> bool:
    """Tell whether every server sees all others well, and each machine has a master and another one's copy in step."""
    for machine in machines:
        for name in NAMES:
            with operator(machine, name, run) as server:
                if not is_well(server, len(NAMES) * len(machines)):
                    return False
                if name == COPY and not is_in_step(server):
                    return False
                if name == MASTER and server.info("replication")["role"] != "master":
                    return False
    return True


def masters_of(machine: Machine, run: RunDir) -> list[str]:
    """Return which servers of a machine are masters now."""
    found = []
    for name in NAMES:
        with operator(machine, name, run) as server:
            if server.info("replication")["role"] == "master":
                found.append(name)
    return found
