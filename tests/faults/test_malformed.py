"""Nothing that is thrown at a queue ends a process, is obeyed, or is lost without a trace."""

from __future__ import annotations

import asyncio
import uuid
from pathlib import Path
from typing import Any

import amqp
import pytest

from drill.backlog import count, database
from drill.broker import DEAD, Outgoing, consumed, depth, operator_channel, queue_names, throw
from drill.malformed import bad_calls, unreadable
from drill.scene import Scene
from stack.running import RunningStack

pytestmark = pytest.mark.faults

RPC_EXCHANGE = "nameko-rpc"
TABLES = {
    "messaging": ("conversations", "members", "messages", "changes", "outbox", "inbox"),
    "auth": ("users", "sessions", "outbox"),
}
#: Right arguments, without anybody's token.
METHODS: dict[str, dict[str, Any]] = {
    "messaging.create_conversation": {"kind": "group", "member_ids": [], "title": "ghost"},
    "messaging.send_many": {
        "items": [{"token": "x", "conversation_id": str(uuid.uuid4()), "client_msg_id": "ghost", "text": "boo"}]
    },
    "auth.register": {
        "username": "ghost.of.a.drill",
        "password": "a-long-and-haunted-phrase",
        "display_name": "Ghost",
        "device": "none",
        "address": "127.0.0.1",
    },
}
#: Without a token auth still registers whoever asks; so this one is only sent where it must not be obeyed.
OPEN_TO_ALL = "auth.register"


def rows(stack: RunningStack) -> dict[str, int]:
    """Return how many rows each table holds."""
    return {
        f"{service}.{table}": count(database(stack, service), f"SELECT count(*) FROM {table}")  # noqa: S608
        for service, tables in TABLES.items()
        for table in tables
    }


def parked(channel: amqp.Channel, queues: list[str]) -> int:
    """Return how many messages are parked beside `queues`."""
    return sum(depth(channel, queue + DEAD).waiting for queue in queues)


def pids(stack: RunningStack) -> dict[str, int]:
    """Return the process of every program."""
    return {program: stack.pid(program) for program in stack.programs}


def answered_to(channel: amqp.Channel) -> str:
    """Return a new queue for answers, bound where services answer."""
    name = f"rpc.reply-drill-{uuid.uuid4()}"
    channel.queue_declare(name, exclusive=True)
    channel.queue_bind(name, RPC_EXCHANGE, name)
    return name


def with_answer(message: Outgoing, queue: str, number: int) -> Outgoing:
    """Return the message, asking for an answer."""
    return Outgoing(message.body, {**message.properties, "reply_to": queue, "correlation_id": str(number)})


def test_what_cannot_be_read_is_parked_and_nothing_dies(
    scene: Scene, runner: asyncio.Runner, stack: RunningStack, tmp_path: Path
) -> None:
    """Garbage, wrong JSON, wrong types, pickle and huge headers, at every queue."""
    trap = tmp_path / "unpickled"
    queues = consumed(queue_names(stack))
    assert any(queue.startswith("rpc-") for queue in queues)
    assert any(queue.startswith("evt-") for queue in queues)

    async def play() -> None:
        await scene.begin()
        before, alive = await asyncio.to_thread(_throw_unreadable, stack, queues, trap)
        await scene.well()
        with operator_channel(stack) as channel:
            assert stack.wait_for(lambda: parked(channel, queues) >= before + len(queues) * len(unreadable(trap)))
        assert pids(stack) == alive
        assert not trap.exists()
        assert await scene.findings() == []

    runner.run(play())


def _throw_unreadable(stack: RunningStack, queues: list[str], trap: Path) -> tuple[int, dict[str, int]]:
    alive = pids(stack)
    with operator_channel(stack) as channel:
        before = parked(channel, queues)
        for queue in queues:
            for message in unreadable(trap).values():
                throw(channel, "", queue, message)
    return before, alive


def test_bad_calls_are_answered_or_parked_and_write_nothing(
    scene: Scene, runner: asyncio.Runner, stack: RunningStack
) -> None:
    """No reply_to, wrong arguments, wrong methods, wrong tokens: each is accounted for."""
    queues = [queue for queue in consumed(queue_names(stack)) if queue.startswith("rpc-")]
    alive, before_rows = pids(stack), rows(stack)
    with operator_channel(stack) as channel:
        before = parked(channel, queues)
        answers = answered_to(channel)
        calls = bad_calls(METHODS)
        for number, (what, (key, message)) in enumerate(calls.items()):
            obeyed = key == OPEN_TO_ALL and "odd headers" in what
            silent = "without reply_to" in what
            if not obeyed:
                throw(channel, RPC_EXCHANGE, key, message if silent else with_answer(message, answers, number))
        thrown = len(calls) - 1

        def accounted() -> bool:
            return parked(channel, queues) - before + depth(channel, answers).waiting >= thrown

        assert stack.wait_for(accounted)
        assert _all_errors(channel, answers)
    assert pids(stack) == alive
    assert rows(stack) == before_rows

    async def play() -> None:
        await scene.begin()
        await scene.well()
        assert await scene.findings() == []

    runner.run(play())


def _all_errors(channel: amqp.Channel, queue: str) -> bool:
    """Return whether every answer in `queue` is an error, or the refusals of a batch."""
    texts = []
    while (message := channel.basic_get(queue, no_ack=True)) is not None:
        texts.append(message.body if isinstance(message.body, str) else message.body.decode())
    return bool(texts) and all('"error":null' not in text or '"error":{' in text for text in texts)
