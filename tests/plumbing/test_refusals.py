"""A broker that does not take a message: whoever sent it connects anew, for that channel may be refused for good."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Event as Flag
from types import SimpleNamespace
from typing import Any

import amqp
import eventlet
import pytest

from plumbing import consumer as consumer_module
from plumbing.bus import BusLost
from plumbing.consumer import DrainingConsumer
from plumbing.publisher import ConfirmedPublisher


class Connection:
    """One that notes whether it was hung up."""

    connected = True

    def __init__(self) -> None:
        self.ended = Flag()
        self.transport = SimpleNamespace(sock=SimpleNamespace(shutdown=self._shutdown))

    def _shutdown(self, _how: int) -> None:
        self.ended.set()


class Refusing:
    """A channel of a broker that refuses whatever is published."""

    def __init__(self, connection: Connection, refuse: Callable[[], None]) -> None:
        self.connection, self._refuse = connection, refuse

    def send_method(self, *_words: Any) -> None:
        self._refuse()


def test_a_publisher_that_was_refused_connects_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    publisher = ConfirmedPublisher("amqp://nobody", "tests")
    monkeypatch.setattr(publisher, "start", lambda: None)
    connection = Connection()
    monkeypatch.setattr(publisher, "_connection", connection)
    monkeypatch.setattr(publisher, "_channel", Refusing(connection, lambda: publisher._on_nack(1, False)))
    publisher._ready.set()
    with pytest.raises(BusLost):
        publisher.publish([("things.events", "thing_happened", amqp.Message(b"{}"))])
    assert connection.ended.is_set()


class Moves:
    """Answers each move so, in turn."""

    def __init__(self, *answers: bool) -> None:
        self._answers = iter(answers)

    def put(self, _copy: Any, _queue: str, done: Callable[[bool], None]) -> None:
        done(next(self._answers))


class Message:
    """One that notes how it was settled."""

    body, headers, properties = b"{}", dict[str, Any](), dict[str, Any]()
    content_type, content_encoding = "application/json", "utf-8"

    def __init__(self, connection: Connection) -> None:
        self.channel = SimpleNamespace(connection=connection)
        self.settled: list[str] = []

    def ack(self) -> None:
        self.settled.append("acknowledged")

    def requeue(self) -> None:
        self.settled.append("given back")


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(consumer_module, "_REFUSED_S", 0.0)
    yield


def moving(*answers: bool) -> tuple[DrainingConsumer, Message, Connection]:
    consumer, connection = DrainingConsumer(), Connection()
    message = Message(connection)
    consumer._moves, consumer._in_flight = Moves(*answers), {message}  # type: ignore[assignment]
    consumer.move(message, "somewhere", {})
    eventlet.sleep(0.05)
    return consumer, message, connection


@pytest.mark.usefixtures("at_once")
def test_what_the_broker_did_not_take_is_not_given_back_at_once() -> None:
    _, message, connection = moving(False)
    assert message.settled == []
    assert connection.ended.is_set(), "and so the broker gives it to whoever is there"


@pytest.mark.usefixtures("at_once")
def test_what_the_broker_has_taken_leaves_its_queue() -> None:
    _, message, connection = moving(True)
    assert message.settled == ["acknowledged"]
    assert not connection.ended.is_set()


def test_a_connection_that_is_new_already_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumer_module, "_REFUSED_S", 0.05)
    consumer, connection = DrainingConsumer(), Connection()
    message = Message(connection)
    consumer._moves, consumer._in_flight = Moves(False), {message}  # type: ignore[assignment]
    consumer.move(message, "somewhere", {})
    consumer._in_flight = set()
    eventlet.sleep(0.2)
    assert not connection.ended.is_set()
