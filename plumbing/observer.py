"""The Observer: a method that hears of an event, retried with growing delays and never dropped."""

from __future__ import annotations

from functools import partial
from typing import Any

from kombu import Queue
from nameko.events import EventHandler
from nameko.exceptions import ContainerBeingKilled

from contracts.base import Event
from plumbing import codec, metrics
from plumbing.consumer import DrainingConsumer
from plumbing.logs import get_logger
from plumbing.topology import RETRY_DELAYS_MS, event_queue, queues_around, retry_name

log = get_logger(__name__)

ATTEMPT = "x-attempt"


class Observation(EventHandler):
    """nameko's event handler on a quorum queue, with retry queues and a place for what cannot be handled."""

    queue_consumer = DrainingConsumer()

    def __init__(self, event_class: type[Event], only: str | None = None, **kwargs: Any) -> None:
        self.event_class = event_class
        self.only = only
        super().__init__(event_class.source, event_class.name, **kwargs)

    def queue_in(self, service: str, method: str) -> Queue:
        """Return the queue of this observer where `method` of `service` is it."""
        return event_queue(self.event_class.name, self.event_class.source, service, method, self.only)

    def setup(self) -> None:
        self.queue = self.queue_in(self.container.service_name, self.method_name)
        self.around = queues_around(self.queue.name)
        self.queue_consumer.register_provider(self)

    def handle_message(self, message: Any) -> None:
        """Decode `message` and let the method handle it; what is no such event is parked."""
        try:
            if message.content_type != "application/json":
                raise ValueError("not JSON")  # noqa: TRY301 - one way out for whatever is wrong
            event = codec.decode_as(message.body, self.event_class)
        except ValueError:
            metrics.EVENTS_HANDLED.labels(self.method_name, "undecodable").inc()
            self.queue_consumer.park(self.queue.name, message, "undecodable")
            return
        context = self.unpack_message_headers(message)
        context.pop(ATTEMPT, None)
        context.pop("deadline", None)
        try:
            self.container.spawn_worker(
                self,
                (event,),
                {},
                context_data=context,
                handle_result=partial(self.handle_result, message),
            )
        except ContainerBeingKilled:
            self.queue_consumer.requeue_message(message)

    def handle_result(self, message: Any, worker_ctx: Any, result: Any = None, exc_info: Any = None) -> Any:
        if exc_info is None:
            metrics.EVENTS_HANDLED.labels(self.method_name, "ok").inc()
            self.queue_consumer.ack_message(message)
        else:
            self._fail(message, exc_info[1])
        return result, exc_info

    def _fail(self, message: Any, error: BaseException) -> None:
        attempt = _attempt_of(message) + 1
        if attempt > len(RETRY_DELAYS_MS):
            metrics.EVENTS_HANDLED.labels(self.method_name, "parked").inc()
            self.queue_consumer.park(self.queue.name, message, f"{type(error).__name__} {attempt} times")
            return
        metrics.EVENTS_HANDLED.labels(self.method_name, "retried").inc()
        headers = {**(message.headers or {}), ATTEMPT: attempt}
        self.queue_consumer.move(message, retry_name(self.queue.name, attempt), headers)


def _attempt_of(message: Any) -> int:
    attempt = (message.headers or {}).get(ATTEMPT, 0)
    return attempt if isinstance(attempt, int) and attempt >= 0 else 0


def observes(event_class: type[Event], only: str | None = None) -> Any:
    """Make a method an observer of `event_class`; it is called with the event, at least once.

    Handle it idempotently: see `plumbing.inbox.inbox_once`.

    Args:
        event_class: What to hear of.
        only: A facet (`Event.facets`): events without it are not even delivered.
    """
    return Observation.decorator(event_class, only)
