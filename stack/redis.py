"""A private Redis: a cache and a wake-up, with nothing in it to lose."""

from __future__ import annotations

import hashlib
import re
import socket
from typing import TYPE_CHECKING

from stack import topology
from stack.credentials import Passwords
from stack.environment import HOST, OPERATOR, basic
from stack.errors import StackError
from stack.process import Process
from stack.rundir import write_private

if TYPE_CHECKING:
    from stack.rundir import RunDir

CHANNELS = ("conv:*", "chan:*", "user:*", "sys:*")


def prepare(run: RunDir, ports: dict[str, int]) -> Process:
    """Writes the server's settings and users."""
    home = run.folder("redis")
    chosen = settings(run, ports)
    write_private(home / "redis.conf", chosen)
    command = ["redis-server", str(home / "redis.conf")]
    # Passwords change while it runs (`stack.rotation`), and are no reason to start it anew.
    lasting = re.sub(r"#[0-9a-f]{64}", "#", chosen)
    return Process("redis", home, command, basic(), lasting, stop_seconds=10)


def settings(run: RunDir, ports: dict[str, int]) -> str:
    """Returns the server's settings, its users among them."""
    passwords = Passwords(run)
    people = (*topology.SERVICES, *topology.CLIENTS, OPERATOR)
    users = "".join(f"{user_rule(name, passwords.get(f'redis-{name}'))}\n" for name in people)
    return f"""\
bind {HOST}
port {ports["redis"]}
daemonize no
dir "{run.path / "redis"}"
save ""
appendonly no
maxmemory 128mb
maxmemory-policy allkeys-lru
maxclients 1000
tcp-backlog 511
timeout 0
tcp-keepalive 60
client-output-buffer-limit pubsub 32mb 8mb 30
loglevel notice
user default off nopass nocommands
{users}"""


def user_rule(user: str, password: str) -> str:
    """Returns the access rule of a user: its own keys, the shared channels."""
    digest = hashlib.sha256(password.encode()).hexdigest()
    if user == OPERATOR:
        return f"user {user} on #{digest} ~* &* +@all"
    channels = " ".join(f"&{each}" for each in CHANNELS)
    return f"user {user} on #{digest} ~{user}:* resetchannels {channels} +@all -@admin -@dangerous +info"


def tell(run: RunDir, ports: dict[str, int], *commands: str) -> None:
    """Gives the server commands as the operator.

    Raises:
        StackError: it refused one.
    """
    words = [f"AUTH {OPERATOR} {Passwords(run).get(f'redis-{OPERATOR}')}", *commands]
    with socket.create_connection((HOST, ports["redis"]), 5) as link, link.makefile("rb") as lines:
        for number, each in enumerate(words):
            link.sendall(f"{each}\r\n".encode())
            if (said := lines.readline()) != b"+OK\r\n":
                message = f"Redis refused {'to sign in' if number == 0 else each.split()[0]}: {said.decode().strip()}"
                raise StackError(message)


def answers(run: RunDir, ports: dict[str, int]) -> bool:
    """Tells whether the server lets the operator in."""
    password = Passwords(run).get(f"redis-{OPERATOR}")
    try:
        with socket.create_connection((HOST, ports["redis"]), 2) as link:
            link.sendall(f"AUTH {OPERATOR} {password}\r\nPING\r\n".encode())
            with link.makefile("rb") as lines:
                return (lines.readline(), lines.readline()) == (b"+OK\r\n", b"+PONG\r\n")
    except OSError:
        return False
