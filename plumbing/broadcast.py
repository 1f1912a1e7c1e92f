"""The Observer that every process of a service has for itself: what changes is told to all of them."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import uuid4

from kombu import Queue

from contracts.base import Event
from plumbing import codec, metrics
from plumbing.logs import get_logger
from plumbing.observer import Observation
from plumbing.topology import event_exchange, event_queue

log = get_logger(__name__)

#: How long a queue outlives the process that read it, and the most that waits in one.
_EXPIRES_MS = 60_000
_MAX_WAITING = 10_000


class Broadcast(Observation):
    """An observer with a queue for each process, which vanishes with it.

    Nothing is kept for a process that does not run, nothing is parked, and what fails is not tried again: use it to
    refresh what a process holds in memory and also looks up by itself, now and then.
    """

    def queue_in(self, service: str, method: str) -> Queue:
        """Return the queue of this process."""
        shared = event_queue(self.event_class.name, self.event_class.source, service, method)
        return Queue(
            f"{shared.name}.{uuid4().hex}",
            exchange=event_exchange(self.event_class.source),
            routing_key=shared.routing_key,
            durable=False,
            queue_arguments={
                "x-expires": _EXPIRES_MS,
                "x-max-length": _MAX_WAITING,
                "x-overflow": "drop-head",
            },
        )

    def setup(self) -> None:
        """Declare the queue; there are none around it."""
        self.queue = self.queue_in(self.container.service_name, self.method_name)
        self.around: list[Queue] = []
        self.queue_consumer.register_provider(self)

    def handle_message(self, message: Any) -> None:
        """Let the method handle an event; what is none is dropped."""
        event = self._event_in(message)
        if event is not None:
            self._work(event, [message], partial(self.handle_result, message))

    def _event_in(self, message: Any) -> Event | None:
        try:
            return codec.decode_as(message.body, self.event_class)
        except ValueError as error:
            self._fail(message, error)
            return None

    def _fail(self, message: Any, error: BaseException) -> None:
        metrics.EVENTS_HANDLED.labels(self.method_name, "dropped").inc()
        log.warning("broadcast_failed", method=self.method_name, error=str(error))
        self.queue_consumer.ack_message(message)


def observes_everywhere(event_class: type[Event]) -> Any:
    """Make a method an observer of `event_class` in every process that runs its service: see `Broadcast`."""
    return Broadcast.decorator(event_class)
