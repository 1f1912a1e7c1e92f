"""An event whose relay died between publishing and deleting comes again, and is handled once."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import amqp
import psycopg2
import pytest

from bench.people import People, Person
from drill.backlog import Backlog, count, database
from drill.broker import DEAD, depth, operator_channel, queue_names
from drill.recovery import DEADLINE_S
from plumbing.topology import DEAF_S
from stack.running import RunningStack

pytestmark = pytest.mark.faults

RELAY = "messaging-relay"
EVENTS = "messaging.events"
TOLD = "SELECT coalesce(sum(count), 0) FROM notifications WHERE conversation_id = %s AND user_id = %s"
MESSAGES = 5
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'EXECUTE p_%'"
END_WAITING = WAITING.replace("count(*)", "count(pg_terminate_backend(pid))")


@contextmanager
def transaction(dsn: str) -> Iterator[Any]:
    """Give a cursor in a transaction that is rolled back at the end."""
    with closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        yield cursor
        connection.rollback()


@contextmanager
def frozen(stack: RunningStack) -> Iterator[None]:
    """Hold the relay still, and let it go on whatever happens."""
    pid = stack.kill(RELAY, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def tap(channel: amqp.Channel) -> str:
    """Return a queue that hears every event of messaging."""
    name = channel.queue_declare(exclusive=True).queue
    channel.queue_bind(name, EVENTS, "#")
    time.sleep(DEAF_S)  # as a deployment does
    return str(name)


def parked(stack: RunningStack) -> int:
    """Return how many events their handlers gave up on."""
    names = [name for name in queue_names(stack) if name.startswith("evt-") and name.endswith(DEAD)]
    with operator_channel(stack) as channel:
        return sum(depth(channel, name).waiting for name in names)


async def _send(person: Person, other: Person, room: str) -> list[str]:
    """Send messages that name the other one, who is told of each."""
    path, sent = f"/conversations/{room}/messages", []
    mention = {"type": "mention", "offset": 0, "length": 5, "user_id": other.id}
    for number in range(MESSAGES):
        body = {"client_msg_id": f"{room}-{number}"[-36:], "text": f"Event {number}", "entities": [mention]}
        answer = await person.lane.call("POST", path, person.token, body)
        assert answer.status == 201, answer
        sent.append(answer.json()["id"])
    return sent


def hear(channel: amqp.Channel, queue: str, sent: list[str], seen: Counter[str]) -> Counter[str]:
    """Count, by event id, the messages about `sent` that came to `queue` since last time, into `seen`."""
    while (message := channel.basic_get(queue, no_ack=True)) is not None:
        event = json.loads(message.body)
        if event.get("message_id") in sent:
            seen[event["event_id"]] += 1
    return seen


def test_an_event_published_twice_is_handled_once(stack: RunningStack, people: People, runner: asyncio.Runner) -> None:
    """The relay's delete is held up by a row lock, so that it can be killed at just that point."""
    dsn, parked_before = database(stack, "messaging"), parked(stack)
    person, other = runner.run(people.first(2))
    runner.run(asyncio.wait_for(Backlog(stack).empty(), DEADLINE_S))
    room = runner.run(people.room("relay", [person, other]))
    stack.wait_for(lambda: count(dsn, "SELECT count(*) FROM outbox") == 0)
    with operator_channel(stack) as channel:
        queue, seen = tap(channel), Counter[str]()
        with transaction(dsn) as lock:
            with frozen(stack):
                sent = runner.run(_send(person, other, room))
                lock.execute("SELECT event_id::text FROM outbox FOR UPDATE")
                events = [row[0] for row in lock.fetchall()]
            assert stack.wait_for(lambda: len(hear(channel, queue, sent, seen)) == MESSAGES)
            _kill_while_it_waits(stack, dsn)
        assert stack.wait_for(lambda: count(dsn, "SELECT count(*) FROM outbox") == 0, DEADLINE_S)
        assert stack.wait_for(lambda: min(hear(channel, queue, sent, seen).values()) >= 2)
    assert set(seen) == set(events)
    runner.run(asyncio.wait_for(Backlog(stack).empty(), DEADLINE_S))
    lists = database(stack, "subscriptions")
    assert stack.wait_for(lambda: count(lists, TOLD, (room, other.id)) >= MESSAGES)
    assert count(lists, TOLD, (room, other.id)) == MESSAGES
    assert parked(stack) == parked_before


def _kill_while_it_waits(stack: RunningStack, dsn: str) -> None:
    """Kill the relay, and its session in the database with it, as when a machine dies."""
    assert stack.wait_for(lambda: count(dsn, WAITING) > 0)
    stack.kill(RELAY, signal.SIGKILL)
    assert count(dsn, END_WAITING) > 0
