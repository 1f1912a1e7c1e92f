"""Lists the messages that a handler gave up on, and hands them to it again."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

from kombu import Connection

from stack import environment, rabbitmq
from stack.errors import StackError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from stack.lifecycle import Stack

_SUFFIX = ".dead"
_PEEK = 3
# What the last life of a message left in its headers.
_FORGOTTEN = ("x-attempt", "x-death", "x-delivery-count", "x-first-death-queue")


def run(stack: Stack, options: argparse.Namespace) -> int:
    """Carries out `dead list` or `dead replay`."""
    queues = _queues(stack)
    if options.action == "list":
        return _list(stack, queues)
    return _replay(stack, _chosen(queues, options))


def _queues(stack: Stack) -> dict[str, int]:
    """Returns the queues of parked messages and how many each holds."""
    home = stack.run.path / "rabbitmq"
    tool = str(rabbitmq.CONTROL)
    listing = subprocess.run(  # noqa: S603
        [tool, "-q", "-s", "list_queues", "-p", environment.VHOST, "name", "messages"],
        env=rabbitmq.node_environment(home, stack.ports),
        capture_output=True,
        text=True,
        check=False,
    )
    if listing.returncode:
        message = f"the broker does not list its queues: {listing.stderr.strip()}"
        raise StackError(message)
    rows = (line.split("\t") for line in listing.stdout.splitlines())
    return {row[0]: int(row[1]) for row in sorted(rows) if row[0].endswith(_SUFFIX)}


def _chosen(queues: dict[str, int], options: argparse.Namespace) -> dict[str, int]:
    if bool(options.queue) == bool(options.service):
        message = "name a queue, or a service with --service"
        raise StackError(message)
    if options.service:
        own = (f"evt-{options.service}--", f"rpc-{options.service}.")
        return {name: count for name, count in queues.items() if name.startswith(own)}
    name = options.queue.removesuffix(_SUFFIX) + _SUFFIX
    if name not in queues:
        message = f"there is no queue {name}"
        raise StackError(message)
    return {name: queues[name]}


def _list(stack: Stack, queues: dict[str, int]) -> int:
    parked = {name: count for name, count in queues.items() if count}
    with _channel(stack) as channel:
        for name, count in parked.items():
            print(f"{count:>7}  {name}")
            for message in _take(channel, name, _PEEK):
                print(f"         {_identity(message)}")
    total = sum(parked.values())
    print(f"{total} parked in {len(parked)} of {len(queues)} queues")
    return 0


def _replay(stack: Stack, queues: dict[str, int]) -> int:
    moved = 0
    with _channel(stack) as channel:
        for name, count in queues.items():
            for message in _take(channel, name, count):
                _hand_back(channel, message, name.removesuffix(_SUFFIX))
                moved += 1
    print(f"{moved} handed back")
    return 0


def _channel(stack: Stack) -> Any:
    """Returns a channel on which a publish waits until the broker has the message.

    What is taken from it and not acknowledged goes back when it is closed.
    """
    uri = environment.connections(stack.run, stack.ports, environment.OPERATOR)["AMQP_URI"]
    connection = Connection(uri, transport_options={"confirm_publish": True})
    return connection.channel()


def _take(channel: Any, queue: str, count: int) -> Iterator[Any]:
    for _ in range(count):
        message = channel.basic_get(queue, no_ack=False)
        if message is None:
            return
        yield message


def _hand_back(channel: Any, message: Any, queue: str) -> None:
    headers = message.headers or {}
    for name in [each for each in headers if each in _FORGOTTEN]:
        del headers[name]
    message.properties["application_headers"] = headers
    message.properties.pop("expiration", None)
    channel.basic_publish(message, exchange="", routing_key=queue, mandatory=True)
    channel.basic_ack(message.delivery_tag)


def _identity(message: Any) -> str:
    """Returns what tells the message from others; never what it says."""
    headers = message.headers or {}
    known = {
        "id": message.properties.get("message_id") or headers.get("event_id"),
        "correlation": message.properties.get("correlation_id"),
        "attempt": headers.get("x-attempt"),
        "error": headers.get("x-error"),
    }
    return " ".join(f"{name}={value}" for name, value in known.items() if value) or "(no id)"
