"""A private RabbitMQ node: a user for each service, and no guest."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import amqp

from stack import topology
from stack.credentials import Passwords
from stack.environment import HOST, OPERATOR, TEST_VHOST, VHOST, basic
from stack.errors import StackError
from stack.process import Process
from stack.rundir import write_private

if TYPE_CHECKING:
    from stack.rundir import RunDir

_SCRIPTS = Path("/usr/lib/rabbitmq/bin")
_SERVER = _SCRIPTS / "rabbitmq-server"
CONTROL = _SCRIPTS / "rabbitmqctl"
_NODE = "charla@localhost"
# A task is acknowledged when it has ended, and transcoding a long film takes hours. Celery's own limit is shorter.
_LONGEST_TASK_MS = 5 * 3_600_000
# Schedulers that spin while idle take time from everybody else on two cores.
IDLE_QUIETLY = "+sbwt none +sbwtdcpu none +sbwtdio none"
# What a service owns beside that: Celery's queues of svc_media, without results and remote control.
_MORE_QUEUES = {"media": r"media\.(quick|long)(\..+)?"}
_LOCAL_ONLY = "-kernel inet_dist_use_interface {127,0,0,1} -start_epmd false"


def epmd(run: RunDir, ports: dict[str, int]) -> Process:
    """Returns the node's own name server, apart from any of the system's."""
    command = ["epmd", "-port", str(ports["epmd"]), "-address", HOST]
    return Process("epmd", run.folder("epmd"), command, basic())


def prepare(run: RunDir, ports: dict[str, int]) -> Process:
    """Writes the node's settings, users and permissions."""
    home = run.folder("rabbitmq")
    if not _SERVER.exists():
        message = f"RabbitMQ is not installed: {_SERVER} is missing"
        raise StackError(message)
    people, chosen = json.dumps(definitions(run), indent=1), settings(home, ports)
    write_private(home / "definitions.json", people + "\n")
    write_private(home / "rabbitmq.conf", chosen)
    write_private(home / "enabled_plugins", "[rabbitmq_prometheus].\n")
    write_cookie(run, home)
    around = node_environment(home, ports)
    # Passwords change while it runs (`stack.rotation`), and are no reason to start it anew.
    lasting = json.dumps({user: permissions(user) for user in (*topology.SERVICES, *topology.CLIENTS)}) + chosen
    return Process("rabbitmq", home, [str(_SERVER)], around, lasting, stop_seconds=40)


def write_cookie(run: RunDir, home: Path) -> None:
    """Writes what nodes know each other by."""
    cookie = home / ".erlang.cookie"
    if not cookie.exists():
        write_private(cookie, Passwords(run).get("erlang-cookie"))
        cookie.chmod(0o400)


def settings(home: Path, ports: dict[str, int]) -> str:
    """Returns the node's settings, with `home` as the folder of its definitions."""
    return f"""\
listeners.tcp.local = {HOST}:{ports["rabbitmq"]}
heartbeat = 10
tcp_listen_options.backlog = 1024
tcp_listen_options.nodelay = true
definitions.import_backend = local_filesystem
definitions.local.path = {home / "definitions.json"}
vm_memory_high_watermark.relative = 0.3
disk_free_limit.absolute = 256MB
raft.wal_max_size_bytes = 67108864
collect_statistics_interval = 30000
consumer_timeout = {_LONGEST_TASK_MS}
prometheus.tcp.ip = {HOST}
prometheus.tcp.port = {ports["rabbitmq-metrics"]}
management_agent.disable_metrics_collector = true
log.console = true
log.console.level = warning
log.file = false
"""


def node_environment(home: Path, ports: dict[str, int]) -> dict[str, str]:
    """Returns what keeps the node away from the system's own files and ports."""
    return at_home(home) | {
        "ERL_EPMD_ADDRESS": HOST,
        "ERL_EPMD_PORT": str(ports["epmd"]),
        "RABBITMQ_NODENAME": _NODE,
        "RABBITMQ_DIST_PORT": str(ports["rabbitmq-dist"]),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"{IDLE_QUIETLY} {_LOCAL_ONLY}",
    }


def at_home(home: Path) -> dict[str, str]:
    """Returns what has a node keep all its files in a folder of its own, wherever it listens."""
    return basic() | {
        "HOME": str(home),
        "RUNNING_UNDER_SYSTEMD": "true",  # the start script becomes the node itself
        "RABBITMQ_CONF_ENV_FILE": "/dev/null",
        "RABBITMQ_CONFIG_FILE": str(home / "rabbitmq.conf"),
        "RABBITMQ_ADVANCED_CONFIG_FILE": str(home / "advanced.config"),
        "RABBITMQ_GENERATED_CONFIG_DIR": str(home / "generated"),
        "RABBITMQ_SCHEMA_DIR": str(home / "schema"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "enabled_plugins"),
        "RABBITMQ_PLUGINS_EXPAND_DIR": str(home / "plugins"),
        "RABBITMQ_MNESIA_BASE": str(home / "mnesia"),
        "RABBITMQ_LOG_BASE": str(home / "log"),
        "RABBITMQ_PID_FILE": str(home / "pid"),
    }


def definitions(run: RunDir) -> dict[str, Any]:
    """Returns the users, virtual hosts and permissions that the node loads at boot."""
    people = (*topology.SERVICES, *topology.CLIENTS, OPERATOR)
    return {
        "users": [user for name in people for user in definitions_of(run, name)["users"]],
        "vhosts": [{"name": VHOST}, {"name": TEST_VHOST}],
        "permissions": [
            *(each for name in people for each in definitions_of(run, name)["permissions"]),
            {"user": OPERATOR, "vhost": TEST_VHOST, **permissions(OPERATOR)},
        ],
    }


def definitions_of(run: RunDir, name: str) -> dict[str, Any]:
    """Returns the user by which somebody signs in, and its permissions."""
    passwords = Passwords(run)
    login = passwords.login("rabbitmq", name)
    user = _user(login, passwords.get(f"rabbitmq-{login}"), is_operator=name == OPERATOR)
    return {"users": [user], "permissions": [{"user": login, "vhost": VHOST, **permissions(name)}]}


def permissions(user: str) -> dict[str, str]:
    """Returns the names that a user may configure, write to and read from.

    A service owns its RPC queue, its event exchange and the queues of its
    handlers. It declares the exchanges that it listens to, and reads them.
    Answers leave through the default exchange, so everybody who answers or
    parks a message may write to that.
    """
    if user == OPERATOR:
        return dict.fromkeys(("configure", "write", "read"), ".*")
    if user in topology.CLIENTS:
        calls = r"nameko-rpc|amq\.rabbitmq\.reply-to.*"
        return {"configure": "^nameko-rpc$", "write": f"^({calls})$", "read": f"^({calls})$"}
    queues = "|".join((rf"rpc-{user}(\..+)?", rf"evt-{user}--.+", r"rpc\.reply-.+", *_more_queues(user)))
    own = rf"{queues}|nameko-rpc|{user}\.events"
    return {
        "configure": rf"^({queues}|nameko-rpc|[a-z_]+\.events)$",
        "write": rf"^({own}|amq\.default)$",
        "read": rf"^({queues}|nameko-rpc|[a-z_]+\.events|amq\.rabbitmq\.reply-to.*)$",
    }


def _more_queues(user: str) -> list[str]:
    return [_MORE_QUEUES[user]] if user in _MORE_QUEUES else []


def _user(name: str, password: str, *, is_operator: bool) -> dict[str, Any]:
    return {
        "name": name,
        "password_hash": password_hash(password),
        "hashing_algorithm": "rabbit_password_hashing_sha256",
        "tags": ["administrator"] if is_operator else [],
    }


def password_hash(password: str) -> str:
    """Returns RabbitMQ's salted SHA-256.

    The salt comes from the password, which is random itself, so that the file
    is the same at every start.
    """
    salt = hashlib.sha256(b"salt:" + password.encode()).digest()[:4]
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


def answers(run: RunDir, ports: dict[str, int]) -> bool:
    """Tells whether the node lets the operator in."""
    try:
        connection = amqp.Connection(
            host=f"{HOST}:{ports['rabbitmq']}",
            userid=OPERATOR,
            password=Passwords(run).get(f"rabbitmq-{OPERATOR}"),
            virtual_host=VHOST,
            connect_timeout=2,
            read_timeout=2,
            write_timeout=2,
        )
        connection.connect()
        connection.close()
    except (OSError, amqp.AMQPError):
        return False
    return True
