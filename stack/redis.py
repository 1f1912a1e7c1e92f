"""A private Redis: a cache and a wake-up, with nothing in it to lose."""

from __future__ import annotations

import hashlib
import socket
from typing import TYPE_CHECKING

from stack import topology
from stack.credentials import Passwords
from stack.environment import HOST, OPERATOR, basic
from stack.process import Process
from stack.rundir import write_private

if TYPE_CHECKING:
    from stack.rundir import RunDir

CHANNELS = ("conv:*", "chan:*", "user:*", "sys:*")


def prepare(run: RunDir, ports: dict[str, int]) -> Process:
    """Writes the server's settings and users."""
    home = run.folder("redis")
    settings = _settings(run, ports)
    write_private(home / "redis.conf", settings)
    command = ["redis-server", str(home / "redis.conf")]
    return Process("redis", home, command, basic(), settings, stop_seconds=10)


def _settings(run: RunDir, ports: dict[str, int]) -> str:
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
    return f"user {user} on #{digest} ~{user}:* resetchannels {channels} +@all -@admin -@dangerous"


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
