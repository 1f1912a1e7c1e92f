"""The broker as its operator sees it: queues, how full they are, and any message one likes."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

import amqp

from stack.running import RunningStack

CTL = "/usr/lib/rabbitmq/bin/rabbitmqctl"
RETRY, DEAD = ".retry.", ".dead"
#: What only refreshes a process's memory is dropped with the process, and nothing of it is parked.
_OF_A_PROCESS = re.compile(r"\.[0-9a-f]{32}$")


@dataclass(frozen=True)
class Depth:
    """How many messages wait in a queue, and how many consumers it has."""

    waiting: int
    consumers: int


@dataclass(frozen=True)
class Outgoing:
    """A message to be thrown at a queue, as raw as the protocol allows."""

    body: bytes
    properties: dict[str, Any] = field(default_factory=dict)


def queue_names(stack: RunningStack) -> list[str]:
    """Return all queues of the stack's virtual host."""
    command = [CTL, "--quiet", "list_queues", "-p", "charla", "--formatter", "json", "name"]
    done = subprocess.run(  # noqa: S603 - fixed arguments
        command, env=stack.env("rabbitmq"), capture_output=True, text=True, check=True, timeout=60
    )
    return sorted(row["name"] for row in json.loads(done.stdout))


def consumed(names: list[str]) -> list[str]:
    """Return those queues that a service consumes: calls and events, not retries, parked ones and single processes'."""
    asked = (name for name in names if name.startswith(("rpc-", "evt-")) and RETRY not in name)
    return [name for name in asked if not name.endswith(DEAD) and not _OF_A_PROCESS.search(name)]


@contextmanager
def operator_channel(stack: RunningStack) -> Iterator[amqp.Channel]:
    """Open a channel of the operator, whose publishes are confirmed.

    Raises:
        OSError, amqp.AMQPError: The broker is away.
    """
    parts = urlsplit(stack.env("ops")["AMQP_URI"])
    connection = amqp.Connection(
        host=f"{parts.hostname}:{parts.port}",
        userid=parts.username,
        password=unquote(parts.password or ""),
        virtual_host=parts.path.lstrip("/"),
        connect_timeout=3,
        read_timeout=10,
        write_timeout=10,
        confirm_publish=True,
    )
    connection.connect()
    try:
        yield connection.channel()
    finally:
        connection.close()


def depth(channel: amqp.Channel, queue: str) -> Depth:
    """Return how full `queue` is.

    Raises:
        amqp.NotFound: There is no such queue.
    """
    _, waiting, consumers = channel.queue_declare(queue, passive=True)
    return Depth(waiting, consumers)


def throw(channel: amqp.Channel, exchange: str, routing_key: str, message: Outgoing) -> None:
    """Publish a message; return when the broker has it."""
    channel.basic_publish(amqp.Message(message.body, **message.properties), exchange, routing_key)
