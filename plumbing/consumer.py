"""The draining consumer: reads the broker's queues for a service and lets go of them in good order.

In place of nameko's QueueConsumer, which gives back what is being worked on when it stops, decodes
what it should not, and dies with the broker (see docs/adr/0002-own-nameko-extensions.md).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import amqp
from kombu import Connection
from kombu.exceptions import OperationalError
from nameko.messaging import QueueConsumer

from plumbing import metrics, readiness
from plumbing.bus import BROKEN, HEARTBEAT_S, publish_on
from plumbing.logs import get_logger
from plumbing.settings import settings
from plumbing.topology import dead_name

log = get_logger(__name__)

#: What sending on, or settling over, a connection that broke raises.
LOST = (*BROKEN, OperationalError)


class DrainingConsumer(QueueConsumer):
    """One connection that consumes every queue of a service.

    A provider has `queue` and `handle_message(message)`; it must `settle` each message once, by
    `ack_message` or `requeue_message`.
    """

    #: How often the stopping loop looks, in seconds.
    safety_interval = 0.25

    def __init__(self) -> None:
        super().__init__()
        self._starting = False
        self._in_flight = 0
        self._stopping_since: float | None = None
        self._connected = False
        self.connect_max_retries = None

    @property
    def connection(self) -> Connection:
        return Connection(
            self.amqp_uri,
            heartbeat=self.container.config.get("HEARTBEAT", HEARTBEAT_S),
            connect_timeout=3,
            transport_options={"client_properties": {"connection_name": self.container.service_name}},
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
        readiness.register(f"consumer:{self.container.service_name}", self._check)

    def start(self) -> None:
        """Begin to consume without waiting for the broker; readiness tells when it is there."""
        if not self._starting:
            self._starting = True
            self._gt = self.container.spawn_managed_thread(self.run)
            self._gt.link(self._handle_thread_exited)

    def stop(self) -> None:
        readiness.unregister(f"consumer:{self.container.service_name}")
        if not self._consumers_ready.ready():
            self.should_stop = True
            if self._gt is not None:
                self._gt.kill()
            return
        super().stop()

    def _check(self) -> str | None:
        return None if self._connected else "not connected to the broker"

    def get_consumers(self, consumer_cls: Any, channel: amqp.Channel) -> list[Any]:
        self._in_flight = 0
        self._consumers = {}
        for provider in self._providers:
            consumer = consumer_cls(
                queues=[provider.queue],
                on_message=partial(self._on_message, provider),
                auto_declare=True,
            )
            consumer.qos(prefetch_count=self.prefetch_count)
            self._consumers[provider] = consumer
        return list(self._consumers.values())

    def on_consume_ready(self, connection: Any, channel: Any, consumers: Any, **kwargs: Any) -> None:
        self._connected = True
        super().on_consume_ready(connection, channel, consumers, **kwargs)

    def on_consume_end(self, connection: Any, channel: Any) -> None:
        self._connected = False
        super().on_consume_end(connection, channel)

    def on_connection_error(self, exc: Exception, interval: float) -> None:
        self._connected = False
        log.warning("broker_away", error=str(exc), retry_in_s=interval)

    def on_connection_revived(self) -> None:
        self._connected = False

    def on_iteration(self) -> None:
        """Cancel what was asked to, and once nothing is consumed wait for the work in hand."""
        self._cancel_consumers_if_requested()
        if self._consumers:
            return
        if self._stopping_since is None:
            self._stopping_since = time.monotonic()
        late = time.monotonic() - self._stopping_since > settings().drain_s
        if late and self._in_flight:
            log.warning("drain_given_up", in_flight=self._in_flight)
        if late or not self._in_flight:
            self.should_stop = True

    def _on_message(self, provider: Any, message: Any) -> None:
        self._in_flight += 1
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

    def requeue_message(self, message: Any) -> None:
        """Give `message` back to its queue."""
        self._settle(message, message.requeue)

    def _settle(self, message: Any, settle: Any) -> None:
        self._in_flight = max(0, self._in_flight - 1)
        try:
            if message.channel is not None and message.channel.connection:
                settle()
        except LOST as error:
            log.warning("settle_lost", error=str(error))

    def publish(self, message: Any, outgoing: amqp.Message, exchange: str, routing_key: str) -> bool:
        """Send `outgoing` on the channel that brought `message`; return whether that went well."""
        try:
            publish_on(message.channel, outgoing, exchange, routing_key)
        except (*LOST, AttributeError) as error:
            log.warning("publish_lost", routing_key=routing_key, error=str(error))
            return False
        return True

    def park(self, queue: str, message: Any, reason: str) -> None:
        """Put `message` aside in `<queue>.dead` and tell the broker that it is dealt with.

        Both travel on one channel in this order, so a lost connection leaves it in its queue.
        """
        headers = {**(message.headers or {}), "x-parked": reason}
        body = message.body if isinstance(message.body, bytes) else str(message.body).encode()
        parked = amqp.Message(
            body,
            content_type=message.content_type or "application/octet-stream",
            application_headers=headers,
            message_id=str(message.properties.get("message_id") or ""),
            delivery_mode=2,
        )
        if self.publish(message, parked, "", dead_name(queue)):
            metrics.PARKED.labels(queue, reason).inc()
            log.warning("message_parked", queue=queue, reason=reason)
            self.ack_message(message)
