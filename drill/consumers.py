"""Watches whether somebody always stands ready to take a service's calls."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from types import TracebackType

from kombu import Connection

from plumbing.topology import rpc_queue

_LOOK_S = 0.05


class Watch:
    """Counts the consumers of services' queues again and again, inside a `with` block.

    Attributes:
        fewest: The smallest number that was seen, by service.
    """

    def __init__(self, amqp_uri: str, services: Sequence[str]) -> None:
        """Take note; nobody is asked yet."""
        self._uri = amqp_uri
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self.fewest: dict[str, int] = dict.fromkeys(services, 1_000)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._ending.set()
        self._thread.join(30)

    def _look(self) -> None:
        with Connection(self._uri) as connection:
            channel = connection.channel()
            while not self._ending.wait(_LOOK_S):
                for service in self.fewest:
                    found = channel.queue_declare(rpc_queue(service).name, passive=True).consumer_count
                    self.fewest[service] = min(self.fewest[service], found)
