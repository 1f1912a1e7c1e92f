"""RabbitMQ on each machine, one cluster: what is kept is kept by two of three."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from contextlib import suppress

from drill.cluster.machines import Machine
from drill.cluster.servers import Server
from stack import rabbitmq
from stack.credentials import Passwords
from stack.environment import OPERATOR, VHOST, basic
from stack.rundir import RunDir, write_private

PORT, BETWEEN, NAMES = 5672, 25672, 4369
#: All that a node hears and is heard on.
PORTS = (PORT, BETWEEN, NAMES)
_SCRIPTS = "/usr/lib/rabbitmq/bin"
#: A connection between nodes is lost when nobody confirms its bytes for so long, in milliseconds; the kernel looks.
_UNHEARD_MS = 5_000
#: Without a word for so long another node is down, in seconds.
_TICKS_S = 16
_ERL_CALL = ("/usr/lib/erlang/bin/erl_call", "-timeout", "10")
#: Which nodes do not run, which ones are apart, and which queues have no leader or fewer members than there are nodes.
_LACKING = """
Nodes = [{names}],
Running = case erlang:function_exported(rabbit_nodes, list_running, 0) of
    true -> rabbit_nodes:list_running();
    false -> rabbit_nodes:all_running()
end,
Queues = [rabbit_quorum_queue:info(Queue, [leader, online])
    || Queue <- rabbit_amqqueue:list_by_type(rabbit_quorum_queue)],
{{Nodes -- Running, rabbit_node_monitor:partitions(),
    [Queue || [{{leader, Leader}}, {{online, Online}}] = Queue <- Queues,
        Leader =:= '' orelse length(Online) < length(Nodes)]}}.
"""


def names_server(machine: Machine, run: RunDir) -> Server:
    """Return the machine's own name server of Erlang."""
    command = ["epmd", "-port", str(NAMES)]
    return Server(machine, "epmd", command, basic(), run.folder(machine.name, "epmd"))


def node(machine: Machine, machines: Sequence[Machine], run: RunDir) -> Server:
    """Write a node's settings, and return it."""
    home = run.folder(machine.name, "rabbitmq")
    write_private(home / "definitions.json", json.dumps(rabbitmq.definitions(run)))
    write_private(home / "rabbitmq.conf", _settings(machine, machines, home / "definitions.json"))
    write_private(home / "advanced.config", _between_nodes())
    write_private(home / "enabled_plugins", "[].\n")
    rabbitmq.write_cookie(run, home)
    again = f"while :; do {_SCRIPTS}/rabbitmq-server; sleep 1; done"  # as systemd does
    return Server(machine, "rabbitmq", ["/bin/sh", "-c", again], around(machine, run), home)


def around(machine: Machine, run: RunDir) -> dict[str, str]:
    """Return the environment of a node, and of the commands to it."""
    return rabbitmq.at_home(run.folder(machine.name, "rabbitmq")) | {
        "ERL_EPMD_PORT": str(NAMES),
        "RABBITMQ_USE_LONGNAME": "true",
        "RABBITMQ_NODENAME": name_of(machine),
        "RABBITMQ_DIST_PORT": str(BETWEEN),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": (
            f"{rabbitmq.IDLE_QUIETLY} +S 2:2 -kernel net_ticktime {_TICKS_S} -start_epmd false"
        ),
    }


def name_of(machine: Machine) -> str:
    """Return the node's name in its cluster."""
    return f"charla@{machine.address}"


def _settings(machine: Machine, machines: Sequence[Machine], people: object) -> str:
    peers = "".join(
        f"cluster_formation.classic_config.nodes.{number} = {name_of(each)}\n"
        for number, each in enumerate(machines, 1)
    )
    return f"""\
listeners.tcp.bridge = {machine.address}:{PORT}
heartbeat = 10
cluster_formation.peer_discovery_backend = classic_config
{peers}cluster_partition_handling = pause_minority
queue_master_locator = min-masters
queue_leader_locator = balanced
mnesia_table_loading_retry_timeout = 15000
definitions.import_backend = local_filesystem
definitions.local.path = {people}
vm_memory_high_watermark.absolute = 512MB
disk_free_limit.absolute = 256MB
raft.wal_max_size_bytes = 33554432
collect_statistics_interval = 30000
log.console = true
log.console.level = warning
log.file = false
"""


def _between_nodes() -> str:
    # 6 is TCP, and 18 its user time-out.
    option = f"[{{raw, 6, 18, <<{_UNHEARD_MS}:32/native>>}}]"
    return f"[{{kernel, [{{inet_dist_connect_options, {option}}}, {{inet_dist_listen_options, {option}}}]}}].\n"


def uris(machine: Machine, machines: Sequence[Machine], run: RunDir, user: str) -> str:
    """Return the AMQP_URI of a user on a machine: its own node first."""
    password = Passwords(run).get(f"rabbitmq-{user}")
    nearest = sorted(machines, key=lambda each: each != machine)
    return ";".join(f"amqp://{user}:{password}@{each.address}:{PORT}/{VHOST}" for each in nearest)


def control(machine: Machine, run: RunDir, *words: str) -> str:
    """Return what rabbitmqctl says on a machine.

    Raises:
        OSError: The node does not do it.
    """
    command = machine.inside([f"{_SCRIPTS}/rabbitmqctl", "--quiet", "--longnames", *words])
    try:
        done = subprocess.run(  # noqa: S603 - fixed arguments
            command, env=around(machine, run), capture_output=True, text=True, check=False, timeout=30
        )
    except subprocess.TimeoutExpired as error:
        raise OSError(str(error)) from error
    if done.returncode:
        raise OSError(done.stdout + done.stderr)
    return done.stdout


def ask(machine: Machine, run: RunDir, question: str) -> str:
    """Return what a node says to a line of Erlang, which costs it far less than a `rabbitmqctl` costs the machine.

    Raises:
        OSError: It says nothing.
    """
    command = machine.inside([*_ERL_CALL, "-name", name_of(machine), "-e"])
    done = subprocess.run(  # noqa: S603 - fixed arguments
        command, env=around(machine, run), input=f"{question}\n", capture_output=True, text=True, check=False
    )
    if done.returncode or not done.stdout.startswith("{ok, "):
        raise OSError(done.stdout + done.stderr)
    return done.stdout.removeprefix("{ok, ").removesuffix("}")


def is_whole(machine: Machine, machines: Sequence[Machine], run: RunDir) -> bool:
    """Tell whether this node sees all others run, and for each quorum queue a leader and all its members."""
    names = ", ".join(f"'{name_of(each)}'" for each in machines)
    return ask(machine, run, _LACKING.format(names=names)) == "{[], [], []}"


def is_hung(machine: Machine, size: int, run: RunDir) -> bool:
    """Tell whether a node hears most of `size` nodes, itself among them, and yet does not run."""
    return ask(machine, run, f"not rabbit:is_running() andalso 2 * (1 + length(nodes())) > {size}.") == "true"


def halt(machine: Machine, run: RunDir) -> None:
    """End a node at once; it is started anew by what started it."""
    with suppress(OSError):  # for it cannot answer
        ask(machine, run, "erlang:halt(1, [{flush, false}]).")


def queues(machine: Machine, run: RunDir) -> list[dict[str, object]]:
    """Return name, type, leader and number of messages of each queue."""
    asked = ("name", "type", "leader", "pid", "messages", "consumers", "online", "members")
    found: list[dict[str, object]] = json.loads(
        control(machine, run, "list_queues", "-p", VHOST, "--formatter", "json", *asked)
    )
    return found


__all__ = ["OPERATOR", "PORTS", "control", "is_whole", "names_server", "node", "queues", "uris"]
