"""The Observer: a method that hears of an event, retried with growing delays and never dropped."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from functools import partial
from typing import Any

import eventlet
from kombu import Queue
from nameko.events import EventHandler
from nameko.exceptions import ContainerBeingKilled

from contracts.base import Event
from plumbing import codec, metrics, tracing
from plumbing.consumer import DrainingConsumer
from plumbing.context import DEADLINE, context_data
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
        event = self._event_in(message)
        if event is not None:
            self._work(event, [message], partial(self.handle_result, message))

    def _event_in(self, message: Any) -> Event | None:
        try:
            if message.content_type != "application/json":
                raise ValueError("not JSON")  # noqa: TRY301 - one way out for whatever is wrong
            return codec.decode_as(message.body, self.event_class)
        except ValueError:
            metrics.EVENTS_HANDLED.labels(self.method_name, "undecodable").inc()
            self.queue_consumer.park(self.queue.name, message, "undecodable")
            return None

    def _work(self, argument: Any, messages: Sequence[Any], handle_result: Any) -> None:
        """Let a worker call the method; its trace is that of the first message, which links to those of the others."""
        context = context_data(messages[0])
        if len(messages) > 1:
            context[tracing.LINKS] = [_traceparent_of(each) for each in messages[1:]]
        context.pop(DEADLINE, None)
        try:
            self.container.spawn_worker(self, (argument,), {}, context_data=context, handle_result=handle_result)
        except ContainerBeingKilled:
            for message in messages:
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
        self.queue_consumer.move(message, retry_name(self.queue.name, attempt), {ATTEMPT: attempt})


class BatchObservation(Observation):
    """An observer of many events: what came in while its method works is what it is called with next.

    An event that comes alone waits for nothing. Where the method fails, it is called with each event of that batch
    alone, so that only what really cannot be handled waits, and is parked.
    """

    def __init__(
        self, event_class: type[Event], only: str | None = None, together: int = 1, pause_s: float = 0.0, **kwargs: Any
    ) -> None:
        self.together, self.pause_s = together, pause_s
        super().__init__(event_class, only, **kwargs)

    def setup(self) -> None:
        super().setup()
        self._waiting: deque[tuple[Event, Any]] = deque()
        self._alone: deque[tuple[Event, Any]] = deque()
        self._busy = False
        self._next_at = 0.0

    def handle_message(self, message: Any) -> None:
        """Decode `message` and let the method handle it with others; what is no such event is parked."""
        event = self._event_in(message)
        if event is not None:
            self._waiting.append((event, message))
            self._begin_next()

    def _begin_next(self) -> None:
        batch = self._next_batch()
        if batch:
            self._busy = True
            self._next_at = time.monotonic() + self.pause_s
            messages = [message for _, message in batch]
            self._work([event for event, _ in batch], messages, partial(self.handle_batch_result, batch))

    def _next_batch(self) -> list[tuple[Event, Any]]:
        if self._busy:
            return []
        if self._alone:
            return [self._alone.popleft()]
        return [self._waiting.popleft() for _ in range(min(self.together, len(self._waiting)))]

    def handle_batch_result(
        self, batch: list[tuple[Event, Any]], worker_ctx: Any, result: Any = None, exc_info: Any = None
    ) -> Any:
        """Settle a batch, and go on with the next one."""
        if exc_info is None:
            metrics.EVENTS_HANDLED.labels(self.method_name, "ok").inc(len(batch))
            self.queue_consumer.ack_messages([message for _, message in batch])
        elif len(batch) == 1:
            self._fail(batch[0][1], exc_info[1])
        else:
            self._alone.extend(batch)
        self.container.spawn_managed_thread(self._go_on)  # this worker's place is free by then
        return result, exc_info

    def _go_on(self) -> None:
        if not self._alone:
            eventlet.sleep(max(0.0, self._next_at - time.monotonic()))
        self._busy = False
        self._begin_next()


def _traceparent_of(message: Any) -> str:
    return str((message.headers or {}).get("nameko.traceparent", ""))


def _attempt_of(message: Any) -> int:
    attempt = (message.headers or {}).get(ATTEMPT, 0)
    return attempt if isinstance(attempt, int) and attempt >= 0 else 0


def observes(
    event_class: type[Event], only: str | None = None, together: int | None = None, pause_s: float = 0.0
) -> Any:
    """Make a method an observer of `event_class`; it is called with the event, at least once.

    Handle it idempotently: see `plumbing.inbox.inbox_once`.

    Args:
        event_class: What to hear of.
        only: A facet (`Event.facets`): events without it are not even delivered.
        together: The method takes a list of up to so many events, in the order in which they came.
        pause_s: The least time between the beginnings of two such batches, so that more is handled together.
    """
    if together is None:
        return Observation.decorator(event_class, only)
    return BatchObservation.decorator(event_class, only, together, pause_s)
