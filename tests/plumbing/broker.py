"""The broker as an operator sees it: what lies in its queues, and putting something there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import amqp
from amqp.exceptions import NotFound

from plumbing.bus import connect
from tests.plumbing.waiting import until


class Broker:
    """Looks at queues of one vhost, over a connection for each look."""

    def __init__(self, uri: str) -> None:
        self.uri = uri

    @contextmanager
    def channel(self) -> Iterator[amqp.Channel]:
        connection = connect(self.uri, "tests")
        try:
            yield connection.channel()
        finally:
            connection.close()

    def put(self, exchange: str, routing_key: str, body: bytes, **properties: Any) -> None:
        """Publish a message as it is."""
        properties = {"content_type": "application/json", **properties}
        with self.channel() as channel:
            channel.confirm_select()
            channel.basic_publish_confirm(amqp.Message(body, **properties), exchange, routing_key)

    def count(self, queue: str) -> int:
        """Return how many messages wait in `queue`; -1 where there is no such queue."""
        with self.channel() as channel:
            try:
                return int(channel.queue_declare(queue, passive=True).message_count)
            except NotFound:
                return -1

    def take(self, queue: str, seconds: float = 10.0) -> amqp.Message:
        """Wait for a message in `queue` and take it out."""
        with self.channel() as channel:
            return until(lambda: channel.basic_get(queue, no_ack=True), seconds)

    def take_all(self, queue: str) -> list[amqp.Message]:
        """Take everything that is in `queue` now."""
        with self.channel() as channel:
            return list(iter(lambda: channel.basic_get(queue, no_ack=True), None))

    def delete(self, queues: set[str], exchanges: set[str]) -> None:
        """Remove them, whether they are there or not."""
        with self.channel() as channel:
            for name in queues:
                channel.queue_delete(name)
            for name in exchanges:
                channel.exchange_delete(name)
