"""Publishing with confirms: what the outbox relay sends events with."""

from __future__ import annotations

from threading import Event as Flag
from threading import Lock

import amqp

from plumbing.bus import BROKEN, BusLost, Link, hang_up, publish_on

#: An exchange and a routing key.
Topic = tuple[str, str]


class ConfirmedPublisher(Link):
    """Publishes persistent messages and returns only when the broker has taken them all."""

    def __init__(self, uri: str, name: str) -> None:
        super().__init__(uri, name)
        self._lock = Lock()
        self._channel: amqp.Channel | None = None
        self._unconfirmed: set[int] = set()
        self._unheard: set[Topic] = set()
        self._refused = False
        self._settled = Flag()
        self._tag = 0

    def on_open(self, connection: amqp.Connection) -> None:
        channel = connection.channel()
        channel.confirm_select()
        channel.events["basic_ack"].add(self._on_ack)
        channel.events["basic_nack"].add(self._on_nack)
        channel.events["basic_return"].add(self._on_return)
        self._tag = 0
        self._channel = channel

    def on_lost(self) -> None:
        self._channel = None
        if self._unconfirmed:
            self._refused = True
            self._settled.set()

    def publish(self, messages: list[tuple[str, str, amqp.Message]], timeout_s: float = 10) -> set[Topic]:
        """Publish (exchange, routing key, message) triples in order and wait for all confirms.

        Returns:
            The topics for which there is no queue at present.

        Raises:
            BusLost: Not all were confirmed; any of them may have arrived nevertheless.
        """
        self.start()
        with self._lock:
            if not self._ready.wait(timeout_s):
                raise BusLost
            self._begin(len(messages))
            try:
                self._send(messages)
            except BROKEN as error:
                raise BusLost from error
            # A channel that asked for a quorum queue while that had no leader may be refused for as long as it lives.
            if not self._settled.wait(timeout_s) or self._refused:
                self._drop_channel()
                raise BusLost
            return self._unheard

    def _begin(self, count: int) -> None:
        self._refused = False
        self._unheard = set()
        self._settled.clear()
        self._unconfirmed = set(range(self._tag + 1, self._tag + 1 + count))
        self._tag += count
        if not count:
            self._settled.set()

    def _send(self, messages: list[tuple[str, str, amqp.Message]]) -> None:
        channel = self._channel
        if channel is None:
            raise OSError("the channel was lost")
        for exchange, routing_key, message in messages:
            message.properties["delivery_mode"] = 2
            publish_on(channel, message, exchange, routing_key, mandatory=True)

    def _drop_channel(self) -> None:
        self._unconfirmed = set()
        if self._connection is not None:
            hang_up(self._connection)

    def _on_ack(self, delivery_tag: int, multiple: bool) -> None:
        self._settle(delivery_tag, multiple)

    def _on_nack(self, delivery_tag: int, multiple: bool) -> None:
        self._refused = True
        self._settle(delivery_tag, multiple)

    def _on_return(self, _error: Exception, exchange: str, routing_key: str, _message: amqp.Message) -> None:
        self._unheard.add((exchange, routing_key))

    def _settle(self, delivery_tag: int, multiple: bool) -> None:
        if multiple:
            self._unconfirmed = {tag for tag in self._unconfirmed if tag > delivery_tag}
        else:
            self._unconfirmed.discard(delivery_tag)
        if not self._unconfirmed:
            self._settled.set()
