"""Lists the messages that a handler gave up on, and hands them to it again."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from kombu import Connection

from stack import environment
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
    with _channel(stack) as channel:
        queues = _queues(stack, channel)
        if options.action == "list":
            _list(channel, queues)
        else:
            _replay(channel, _chosen(queues, options))
    return 0


def _queues(stack: Stack, channel: Any) -> dict[str, int]:
    """Returns the queues of parked messages and how many each holds.

    The broker's listing tells the names; its counts are some seconds old.
    """
    listing = stack.control_broker("-q", "-s", "list_queues", "-p", environment.VHOST, "name")
    names = sorted(name for name in listing.split() if name.endswith(_SUFFIX))
    return {name: channel.queue_declare(name, passive=True).message_count for name in names}


def _chosen(queues: dict[str, int], options: argparse.Namespace) -> dict[str, int]:
    if bool(options.queue) == bool(options.service):
        message = "name a queue, or a service with --service"
        raise StackError(message)
    if options.service:
        own = (f"evt-{options.service}--", f"rpc-{options.service}.", f"{options.service}.")
        return {name: count for name, count in queues.items() if name.startswith(own)}
    name = options.queue.removesuffix(_SUFFIX) + _SUFFIX
    if name not in queues:
        message = f"there is no queue {name}"
        raise StackError(message)
    return {name: queues[name]}


def _list(channel: Any, queues: dict[str, int]) -> None:
    parked = {name: count for name, count in queues.items() if count}
    for name, count in parked.items():
        print(f"{count:>7}  {name}")
        for message in _take(channel, name, _PEEK):
            print(f"         {_identity(message)}")
    print(f"{sum(parked.values())} parked in {len(parked)} of {len(queues)} queues")


def _replay(channel: Any, queues: dict[str, int]) -> None:
    moved = 0
    for name, count in queues.items():
        for message in _take(channel, name, count):
            _hand_back(channel, message, name.removesuffix(_SUFFIX))
            moved += 1
    print(f"{moved} handed back")


@contextmanager
def _channel(stack: Stack) -> Iterator[Any]:
    """Gives a channel on which a publish waits until the broker has the message.

    What is taken from it and not acknowledged goes back when it is closed.
    """
    uri = environment.connections(stack.run, stack.places, environment.OPERATOR)["AMQP_URI"]
    with Connection(uri, transport_options={"confirm_publish": True}) as connection:
        yield connection.channel()


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
