"""Looks into all that a stack keeps and says: tables, cached values, logs and events."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import amqp
from redis import Redis
from sqlalchemy import Connection, NullPool, create_engine, make_url, text

from stack.running import RunningStack

#: Each has a database of its own, and tells its events on an exchange of its own.
SERVICES = ("ads", "auth", "media", "messaging", "payments", "subscriptions")

_READERS: dict[str, Callable[[Redis, bytes], Any]] = {
    "string": lambda redis, key: redis.get(key),
    "hash": lambda redis, key: redis.hgetall(key),
    "set": lambda redis, key: redis.smembers(key),
    "zset": lambda redis, key: redis.zrange(key, 0, -1, withscores=True),
    "list": lambda redis, key: redis.lrange(key, 0, -1),
    "stream": lambda redis, key: redis.xrange(key),
}


def rows(stack: RunningStack, database: str, mark: str = "") -> Iterator[str]:
    """Give every row that has `mark` in it, as PostgreSQL writes it, with its bytes as what they say."""
    address = make_url(stack.env("ops")["DATABASE_URL"]).set(database=database)
    with create_engine(address, poolclass=NullPool).connect() as connection:
        tables = connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
        assert "outbox" in tables, database
        for table in tables:
            for row in connection.execute(text(_of_table(connection, table)), {"mark": mark}):
                yield f"{database}.{table}: {row[0]}"


def _of_table(connection: Connection, table: str) -> str:
    """Return the query: bytes are shown in hexadecimal by a row's text, and by their letters beside it."""
    query = text(
        "SELECT column_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND table_name = :table AND data_type = 'bytea'"
    )
    columns = connection.scalars(query, {"table": table}).all()
    whole = " || ' ' || ".join(
        ["each::text", *(f"coalesce(encode(each.\"{name}\", 'escape'), '')" for name in columns)]
    )
    return (
        f'SELECT found FROM (SELECT {whole} AS found FROM "{table}" AS each) AS every'  # noqa: S608 - our own names
        " WHERE position(:mark IN found) > 0"
    )


def cached(stack: RunningStack, keys: str = "*") -> Iterator[str]:
    """Give every such key in Redis, and what is under it."""
    with Redis.from_url(stack.env("ops")["REDIS_URL"]) as redis:
        for key in redis.scan_iter(keys, count=1_000):
            kind = redis.type(key).decode()
            if kind != "none":
                yield f"{key!r}: {_READERS[kind](redis, key)!r}"


def logs(stack: RunningStack, name: str = "*") -> Iterator[str]:
    """Give the lines of all logs with such a name."""
    lines = list(stack.log_lines(name))
    assert lines
    yield from lines


def leaks(words: Iterable[str], lines: Iterable[str]) -> list[str]:
    """Return the lines that hold one."""
    pattern = re.compile("|".join(map(re.escape, words)))
    return [line[:300] for line in lines if pattern.search(line)]


class Tap:
    """Hears every event from now on."""

    def __init__(self, stack: RunningStack) -> None:
        parts = make_url(stack.env("ops")["AMQP_URI"])
        self._connection = amqp.Connection(
            f"{parts.host}:{parts.port}", userid=parts.username, password=parts.password, virtual_host=parts.database
        )
        self._connection.connect()
        self._channel = self._connection.channel()
        self._queue = self._channel.queue_declare(exclusive=True).queue
        for service in SERVICES:
            self._channel.queue_bind(self._queue, f"{service}.events", "#")

    def heard(self) -> Iterator[str]:
        """Give what has come since the last time: the event's name, and all that it carries."""
        while (message := self._channel.basic_get(self._queue, no_ack=True)) is not None:
            body = message.body if isinstance(message.body, str) else bytes(message.body).decode(errors="replace")
            yield f"{message.delivery_info['routing_key']}: {message.headers} {body}"

    def close(self) -> None:
        """Hear no more."""
        self._connection.close()
