"""Changes every secret of every service while people use Charla: `./charla drill --rotate`.

Nobody may be refused anything, and what was good before must let nobody in afterwards.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import amqp
import psycopg2
import redis

from drill.rolling import unnoticed
from stack import rotation
from stack.lifecycle import Stack
from stack.running import RunningStack, load


def main() -> int:
    """Rotate everything; return 1 where anybody noticed, or an old password is still good."""
    return unnoticed(_rotate)


def _rotate(stack: Stack) -> list[str]:
    running, wrong = load(), []
    for what in (kind for kind in rotation.KINDS if kind != "jwt"):
        for service in rotation.WHOSE[what]:
            before = running.env(service)
            rotation.rotate(stack, what, service)
            wrong += _still_good(what, service, before, running)
    _rotate_keys(stack)
    return wrong


def _rotate_keys(stack: Stack) -> None:
    """All at once: each waits until everybody has seen its public half."""
    whose = rotation.WHOSE["jwt"]
    with ThreadPoolExecutor(len(whose)) as pool:
        list(pool.map(lambda service: rotation.rotate(stack, "jwt", service), whose))


def _still_good(what: str, service: str, before: dict[str, str], running: RunningStack) -> list[str]:
    if what not in LOGINS:
        return []
    setting, lets_in = LOGINS[what]
    return [
        *([f"{service}'s old {what} password is still good"] if lets_in(before[setting]) else []),
        *([] if lets_in(running.env(service)[setting]) else [f"{service}'s new {what} password is no good"]),
    ]


def lets_in_to_database(url: str) -> bool:
    """Whether PostgreSQL takes the name and the password of an address."""
    try:
        psycopg2.connect(url.replace("+psycopg2", ""), connect_timeout=5).close()
    except psycopg2.OperationalError:
        return False
    return True


def lets_in_to_broker(uri: str) -> bool:
    """Whether RabbitMQ takes the name and the password of an address."""
    parts = urlsplit(uri)
    wire = amqp.Connection(
        f"{parts.hostname}:{parts.port}", parts.username, parts.password, virtual_host=parts.path[1:], read_timeout=5
    )
    try:
        wire.connect()
    except (OSError, amqp.AMQPError):
        return False
    finally:
        wire.close()
    return True


def lets_in_to_cache(url: str) -> bool:
    """Whether Redis takes the name and the password of an address; it may still forbid a command."""
    server = redis.Redis.from_url(url, socket_timeout=5)
    try:
        server.ping()
    except redis.exceptions.NoPermissionError:
        return True
    except redis.exceptions.RedisError:
        return False
    finally:
        server.close()
    return True


#: Where a program is told of a server, and who tries that, by the kind of the secret in it.
LOGINS = {
    "database": ("DATABASE_URL", lets_in_to_database),
    "broker": ("AMQP_URI", lets_in_to_broker),
    "redis": ("REDIS_URL", lets_in_to_cache),
}
