"""Whether events flow: none waits long in an outbox, and every queue is consumed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import closing

import amqp
import psycopg2

from drill.broker import consumed, depth, operator_channel, queue_names
from stack.running import RunningStack
from stack.topology import SERVICES

#: An event that waits longer than this, in seconds, is a backlog.
MOVING_S = 3.0
HAS_OUTBOX = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tablename = 'outbox'"


def database(stack: RunningStack, service: str) -> str:
    """Return the address of a service's database, for the operator."""
    url = stack.env("ops")["DATABASE_URL"].replace("postgresql+psycopg2://", "postgresql://")
    return f"{url.rpartition('/')[0]}/{service}"


def count(dsn: str, statement: str, values: tuple[object, ...] = ()) -> int:
    """Return the one number that `statement` selects."""
    with closing(psycopg2.connect(dsn, connect_timeout=3)) as connection, connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        row = cursor.fetchone()
    return int(row[0]) if row else 0


class Backlog:
    """What has not been told yet.

    Args:
        stack: The running stack.
        services: Those that may have an outbox.
    """

    def __init__(self, stack: RunningStack, services: Sequence[str] = SERVICES) -> None:
        self._stack = stack
        databases = [database(stack, service) for service in services]
        self._databases = [dsn for dsn in databases if count(dsn, HAS_OUTBOX)]
        self._queues = consumed(queue_names(stack))

    async def moves(self) -> None:
        """Wait until no event is stuck and every queue has a consumer."""
        while await asyncio.to_thread(self._stuck):
            await asyncio.sleep(0.2)

    async def empty(self) -> None:
        """Wait until every event was published and handed to its handler."""
        while await asyncio.to_thread(self._left):
            await asyncio.sleep(0.2)

    def _stuck(self) -> bool:
        late = f"SELECT count(*) FROM outbox WHERE enqueued_at < now() - interval '{MOVING_S} s'"  # noqa: S608 - a constant
        try:
            return any(count(dsn, late) for dsn in self._databases) or not self._all_consumed()
        except (psycopg2.Error, OSError, amqp.AMQPError):
            return True

    def _all_consumed(self) -> bool:
        with operator_channel(self._stack) as channel:
            return all(depth(channel, queue).consumers for queue in self._queues)

    def _left(self) -> bool:
        try:
            if any(count(dsn, "SELECT count(*) FROM outbox") for dsn in self._databases):
                return True
            with operator_channel(self._stack) as channel:
                return any(depth(channel, queue).waiting for queue in self._queues)
        except (psycopg2.Error, OSError, amqp.AMQPError):
            return True
