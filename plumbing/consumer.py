"""The draining consumer: reads the broker's queues for a service and lets go of them in good order.

In place of nameko's QueueConsumer, which gives back what is being worked on when it stops, decodes
what it should not, and dies with the broker (see docs/adr/0002-own-nameko-extensions.md).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import amqp
import eventlet
from kombu import Connection
from kombu.exceptions import OperationalError
from nameko.messaging import QueueConsumer

from plumbing import metrics, readiness
from plumbing.bus import BROKEN, HEARTBEAT_S, hang_up, publish_on
from plumbing.lenient_frames import lenient_frame_handler, writable
from plumbing.logs import get_logger
from plumbing.moves import Moves
from plumbing.settings import settings
from plumbing.topology import dead_name

log = get_logger(__name__)

#: How long the loop waits for something to come in, and so to notice that it shall stop, in seconds.
_IDLE_S = 0.25
#: How long an abrupt end may take to close the connection, in seconds.
_CLOSE_S = 2
_LOOK_S = 0.02
#: How long the connection is kept after the broker did not take a message, in seconds.
_REFUSED_S = 1.0
#: What sending on, or settling over, a connection that broke raises.
LOST = (*BROKEN, OperationalError)


class DrainingConsumer(QueueConsumer):
    """One connection that consumes every queue of a service.

    A provider has `queue`, `around` (the queues that it moves messages to) and
    `handle_message(message)`; each message is settled once, by `ack_message`, `requeue_message`,
    `move` or `park`.
    """

    def __init__(self) -> None:
        super().__init__()
        self._starting = False
        self._in_flight: set[Any] = set()
        self._moves: Moves | None = None
        self._stopping_since: float | None = None
        self._connected = False
        self._running = False

    @property
    def connection(self) -> Connection:
        return Connection(
            self.amqp_uri,
            heartbeat=self.container.config.get("HEARTBEAT", HEARTBEAT_S),
            connect_timeout=3,
            transport_options={
                "client_properties": {"connection_name": self.container.service_name},
                "frame_handler": lenient_frame_handler,
            },
        )

    @contextmanager
    def establish_connection(self) -> Iterator[Connection]:
        """Yield a connection, however long the broker is away; try again soon, not ever more rarely."""
        with self.connection as connection:
            connection.ensure_connection(
                self.on_connection_error, None, interval_start=0.2, interval_step=0.3, interval_max=2
            )
            yield connection

    def setup(self) -> None:
        super().setup()
        service = self.container.service_name
        readiness.register(f"consumer:{service}", self._check)
        metrics.CONSUMER_CONNECTED.labels(service).set_function(lambda: self._connected)
        metrics.CONSUMER_IN_FLIGHT.labels(service).set_function(lambda: len(self._in_flight))

    def start(self) -> None:
        """Begin to consume without waiting for the broker; readiness tells when it is there."""
        if not self._starting:
            self._starting = True
            self._gt = self.container.spawn_managed_thread(self.run)
            self._gt.link(self._handle_thread_exited)

    def run(self, *args: Any, **kwargs: Any) -> None:
        """Consume until told to stop. A thread that breaks goes on to have the container killed, so it is let live."""
        self._running = True
        try:
            super().run(*args, **kwargs)
        finally:
            self._running = False

    def stop(self) -> None:
        """Return when the work in hand is done, or when there is no connection to do it on."""
        readiness.unregister(f"consumer:{self.container.service_name}")
        self._wait_while_connected(lambda: self._gt is None or self._gt.dead)
        self._end()

    def kill(self) -> None:
        readiness.unregister(f"consumer:{self.container.service_name}")
        self._providers: set[Any] = set()
        self.should_stop = True
        with eventlet.Timeout(_CLOSE_S, False):
            self._wait_while_connected(lambda: self._gt is None or self._gt.dead)
        self._end()

    def unregister_provider(self, provider: Any) -> None:
        """Stop consuming for `provider`; the consumer's own thread does that, where there is a connection."""
        removed = eventlet.event.Event()
        self._pending_remove_providers[provider] = removed
        self._wait_while_connected(removed.ready)
        self._providers.discard(provider)

    def _wait_while_connected(self, fact: Callable[[], bool]) -> None:
        while self._connected and not fact():
            eventlet.sleep(_LOOK_S)

    def _end(self) -> None:
        self.should_stop = True
        if self._gt is not None and self._running:
            self._gt.kill()

    def _check(self) -> str | None:
        return None if self._connected else "not connected to the broker"

    def get_consumers(self, consumer_cls: Any, channel: amqp.Channel) -> list[Any]:
        self._in_flight = set()
        self._consumers = {}
        self._moves = Moves(channel.connection)
        channel.auto_decode = False  # bodies are bytes, whatever encoding a message claims
        for provider in self._providers:
            for queue in provider.around:
                queue(channel).declare()
            consumer = consumer_cls(
                queues=[provider.queue],
                on_message=partial(self._on_message, provider),
                auto_declare=True,
            )
            consumer.qos(prefetch_count=self.prefetch_count)
            self._consumers[provider] = consumer
        return list(self._consumers.values())

    def consume(self, *args: Any, **kwargs: Any) -> Iterator[None]:
        """Read until told to stop or until the connection is lost."""
        try:
            yield from super().consume(*args, **{"safety_interval": _IDLE_S} | kwargs)
        finally:
            self._connected = False

    def on_consume_ready(self, connection: Any, channel: Any, consumers: Any, **kwargs: Any) -> None:
        self._connected = True
        super().on_consume_ready(connection, channel, consumers, **kwargs)

    def on_connection_error(self, exc: Exception, interval: float) -> None:
        log.warning("broker_away", error=str(exc), retry_in_s=interval)

    def on_iteration(self) -> None:
        """Cancel what was asked to, and once nothing is consumed wait for the work in hand."""
        self._cancel_consumers_if_requested()
        if self._consumers:
            return
        if self._stopping_since is None:
            self._stopping_since = time.monotonic()
        late = time.monotonic() - self._stopping_since > settings().drain_s
        if late and self._in_flight:
            log.warning("drain_given_up", in_flight=len(self._in_flight))
        if late or not self._in_flight:
            self.should_stop = True

    def _on_message(self, provider: Any, message: Any) -> None:
        self._in_flight.add(message)
        if self.container._worker_pool.free() > 0:
            self._handle(provider, message)
        else:
            self.container.spawn_managed_thread(partial(self._handle, provider, message))

    def _handle(self, provider: Any, message: Any) -> None:
        try:
            provider.handle_message(message)
        except Exception as error:
            log.exception("message_not_taken", queue=provider.queue.name, error=str(error))
            self.park(provider.queue.name, message, "handler_error")

    def ack_message(self, message: Any) -> None:
        """Tell the broker that `message` is dealt with; a lost connection gives it back by itself."""
        self._settle(message, message.ack)

    def ack_messages(self, messages: Sequence[Any]) -> None:
        """Tell the broker that all `messages` of one queue are dealt with, by as few words as the others allow.

        An acknowledgment may stand for all earlier deliveries of its channel, where none of those is still worked on.
        """
        here = [message for message in messages if message in self._in_flight]
        others = [each.delivery_tag for each in self._in_flight.difference(here)]
        together = [message for message in here if message.delivery_tag < min(others, default=math.inf)]
        if together:
            last = max(together, key=lambda message: message.delivery_tag)
            self._in_flight.difference_update(together)
            self._in_flight.add(last)
            self._settle(last, partial(last.ack, multiple=True))
        for message in here:
            self.ack_message(message)

    def requeue_message(self, message: Any) -> None:
        """Give `message` back to its queue."""
        self._settle(message, message.requeue)

    def _settle(self, message: Any, settle: Callable[[], None]) -> None:
        if message not in self._in_flight:
            return  # settled before, or back in its queue because the connection that brought it is gone
        self._in_flight.discard(message)
        try:
            settle()
        except (*LOST, AttributeError) as error:
            log.warning("settle_lost", error=str(error))

    def publish(self, message: Any, outgoing: amqp.Message, exchange: str, routing_key: str) -> None:
        """Send `outgoing` on the channel that brought `message`, if that is still there."""
        try:
            publish_on(message.channel, outgoing, exchange, routing_key)
        except (*LOST, AttributeError) as error:
            log.warning("publish_lost", routing_key=routing_key, error=str(error))

    def move(self, message: Any, queue: str, headers: dict[str, Any]) -> None:
        """Put `message` with `headers` besides its own into `queue`; it leaves its own when the broker has it there.

        Whatever breaks in between delivers it again, and never drops it.
        """
        if self._moves is None or message not in self._in_flight:
            return  # back in its queue already, with the connection that brought it
        try:
            self._moves.put(_copy(message, headers), queue, lambda taken: self._moved(message, queue, taken=taken))
        except (*LOST, AttributeError) as error:
            log.warning("move_lost", queue=queue, error=str(error))

    def _moved(self, message: Any, queue: str, *, taken: bool) -> None:
        """Settle what the broker has taken; where it has not, connect anew after a moment, which gives all back.

        A channel that asked for a quorum queue while that had no leader is refused by RabbitMQ 3.10 for as long as it
        lives. And what is given back at once comes at once: as often as the queue allows, within seconds, and then it
        is dead.
        """
        if taken:
            self.ack_message(message)
            return
        log.warning("move_refused", queue=queue)
        eventlet.spawn_after(_REFUSED_S, self._connect_anew, message)

    def _connect_anew(self, message: Any) -> None:
        if message in self._in_flight:
            hang_up(message.channel.connection)

    def park(self, queue: str, message: Any, reason: str) -> None:
        """Put `message` aside in `<queue>.dead`, where somebody will look at it."""
        sent_to = message.delivery_info.get("routing_key", "")
        headers = {"x-parked": reason, "x-routing-key": sent_to}
        metrics.PARKED.labels(queue, reason).inc()
        log.warning("message_parked", queue=queue, reason=reason)
        self.move(message, dead_name(queue), headers)


def _copy(message: Any, headers: dict[str, Any]) -> amqp.Message:
    return amqp.Message(
        message.body if isinstance(message.body, bytes) else str(message.body).encode(),
        content_type=message.content_type or "application/octet-stream",
        content_encoding=message.content_encoding or "binary",
        message_id=str(message.properties.get("message_id") or ""),
        application_headers=writable(message.headers or {}, headers),
        delivery_mode=2,
    )
