"""Messages on their way from the queue they were read from to another one, without a gap to fall into."""

from __future__ import annotations

from collections.abc import Callable

import amqp

from plumbing.bus import publish_on

Done = Callable[[bool], None]


class Moves:
    """Publishes copies on a confirming channel of `connection`, and tells when the broker has them."""

    def __init__(self, connection: amqp.Connection) -> None:
        self._channel = connection.channel()
        self._channel.confirm_select()
        self._channel.events["basic_ack"].add(lambda tag, multiple: self._settle(tag, multiple, taken=True))
        self._channel.events["basic_nack"].add(lambda tag, multiple: self._settle(tag, multiple, taken=False))
        self._tag = 0
        self._waiting: dict[int, Done] = {}

    def put(self, copy: amqp.Message, queue: str, done: Done) -> None:
        """Send `copy` to `queue`; `done` hears whether the broker has taken it, if the connection lives that long.

        Raises:
            OSError, AMQPError: The connection is gone.
        """
        self._tag += 1
        self._waiting[self._tag] = done
        publish_on(self._channel, copy, "", queue)

    def _settle(self, tag: int, multiple: bool, *, taken: bool) -> None:
        tags = [each for each in self._waiting if each <= tag] if multiple else [tag]
        for each in tags:
            done = self._waiting.pop(each, None)
            if done is not None:
                done(taken)
