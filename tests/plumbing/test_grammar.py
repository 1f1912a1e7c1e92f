"""Messages made by a grammar: nothing dies, who can be told is told, and what is no event is put aside."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import count
from typing import Any

import amqp
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from contracts.base import Conflict
from fuzz.amqp_grammar import Sent, an_object, messages, nested, objects, values
from plumbing import checks
from plumbing.observer import observes
from plumbing.rpc import Caller, rpc
from plumbing.topology import DIRECT_REPLY, dead_name, event_exchange
from tests.plumbing.broker import Broker
from tests.plumbing.conftest import Leftovers, consumer_of
from tests.plumbing.things import ThingHappened
from tests.plumbing.waiting import until

#: The same each time: what is found by other numbers becomes an example below.
_CALM = settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
#: What a header says that ends py-amqp's reading of it: a time after the year 9999, and tables in tables.
NEVER = b"\x04when" + b"T" + b"\xff" * 8
DEEP = b"\x04deep" + nested(3_000)
LINKS = b"\x0ccharla.links" + b"b\x05"
_METHODS = [b"add", b"add", b"whoami", b"refuse", b"no_such", b"__class__", b"_add", b"caller", b"name", b"", b"\xff"]
_ARGUMENTS = ["a", "b"]


class Taken(Conflict):
    code = "name_taken"


def make_service(service_name: str) -> type[Any]:
    class Service:
        name = service_name
        caller = Caller()

        @rpc
        def add(self, *, a: int, b: int = 2) -> int:
            return checks.a_number(a, "a") + checks.a_number(b, "b")

        @rpc
        def whoami(self) -> str:
            return self.caller.user().user_id

        @rpc
        def refuse(self) -> None:
            raise Taken

        def _add(self) -> None:
            raise AssertionError("this is nobody else's business")

    return Service


def envelopes() -> st.SearchStrategy[str]:
    """Bodies of calls, as they should be or nearly."""
    arguments = objects(_ARGUMENTS)
    return st.one_of(
        arguments.map(lambda text: f'{{"args":[],"kwargs":{text}}}'),
        arguments.map(lambda text: f'{{"kwargs":{text}}}'),
        arguments.map(lambda text: f'{{"args":[1],"kwargs":{text}}}'),
        arguments.map(lambda text: f'{{"kwargs":{{}},"kwargs":{text},"more":NaN}}'),
        st.sampled_from(["{}", "[]", "null", "7", '{"args":[]}', '{"kwargs":[]}', '{"kwargs":null}']),
    )


#: `None` is answered directly; all others lead nowhere.
_reply_to = st.sampled_from(
    [None, None, None, b"nobody", b"", b"\xff", b"amq.rabbitmq.reply-to.gone", b"amq.rabbitmq.reply-to.g1h2AA=="]
)


class Client:
    """Sends messages as they are, and hears the answers."""

    def __init__(self, channel: amqp.Channel, service: str) -> None:
        self._channel, self._service = channel, service
        self._numbers = count(1)
        self._waiting: set[str] = set()
        self.codes: list[str | None] = []
        channel.basic_consume(DIRECT_REPLY, no_ack=True, callback=self._on_answer)
        channel.events["basic_return"].add(lambda *told: self._waiting.discard(told[-1].properties["correlation_id"]))

    def send(self, sent: Sent) -> None:
        """Send it; where it says nothing of an answer, to here."""
        if sent.reply_to is None:
            number = f"n{next(self._numbers)}"
            self._waiting.add(number)
            sent = replace(sent, reply_to=DIRECT_REPLY.encode(), correlation_id=number.encode())
        key = f"{self._service}.".encode() + sent.key
        self._channel.basic_publish(sent.outgoing(), "nameko-rpc", key, mandatory=True)

    def hear(self) -> list[str | None]:
        """Wait for all answers; return their codes (None: done) since the last time."""

        until(self._all_came, 30.0)
        codes, self.codes = self.codes, []
        return codes

    def _all_came(self) -> bool:
        with suppress(TimeoutError):
            self._channel.connection.drain_events(timeout=0.02)
        self._channel.connection.heartbeat_tick()
        return not self._waiting

    def _on_answer(self, message: amqp.Message) -> None:
        self._waiting.discard(message.properties["correlation_id"])
        answer = json.loads(message.body)
        self.codes.append(answer["error"]["charla"]["code"] if answer["error"] else None)


@contextmanager
def untouched(container: Any) -> Iterator[None]:
    """Demand that the container lives on, on the same connection to the broker."""
    consumer = consumer_of(container)
    before = consumer._moves
    yield
    assert not container._died.ready()
    assert consumer._connected
    assert consumer._moves is before, "it had to connect anew"
    until(lambda: not consumer._in_flight)


GOOD = Sent(b"add", b'{"args":[],"kwargs":{"a":1}}')


def test_calls_of_any_kind_are_refused_and_never_our_mistake(name: str, run_service: Any, broker: Broker) -> None:
    container = run_service(make_service(name), HEARTBEAT=60)

    @_CALM
    @given(st.lists(messages(st.sampled_from(_METHODS), envelopes(), reply_to=_reply_to), max_size=15))
    @example([replace(GOOD, headers=NEVER)])
    @example([replace(GOOD, headers=DEEP)])
    @example([replace(GOOD, content_type=b"\xff")])
    @example([replace(GOOD, key=b"\xff")])
    @example([replace(GOOD, content_encoding=b"unicode_escape", body=b"\\ud800")])
    @example([replace(GOOD, headers=LINKS)])
    def calls(sent: list[Sent]) -> None:
        with broker.channel() as channel, untouched(container):
            client = Client(channel, name)
            for each in sent:
                client.send(each)
            assert "internal" not in client.hear()
            client.send(GOOD)
            assert client.hear() == [None]

    calls()
    assert len(broker.take_all(dead_name(f"rpc-{name}"))) > 0


def things() -> st.SearchStrategy[str]:
    """Bodies of events, as they should be or nearly."""
    fields = {"event_id": '"e1"', "occurred_at": '"2026-01-01T00:00:00Z"', "thing_id": '"x"', "version": "1"}
    odd = st.lists(st.tuples(st.sampled_from([*fields, "loud", "colour"]), values(["thing_id"])), max_size=3)
    left_out = st.sets(st.sampled_from(list(fields)), max_size=2)
    return st.builds(
        lambda gone, more: an_object([pair for pair in fields.items() if pair[0] not in gone] + more), left_out, odd
    )


TOLD = Sent(b"thing_happened", b'{"event_id":"e1","thing_id":"x","version":1}')
LOUD = replace(TOLD, body=b'{"event_id":"e1","thing_id":"x","version":1,"loud":true}')


def test_events_of_any_kind_are_heard_or_put_aside(
    name: str, run_service: Any, broker: Broker, leftovers: Leftovers, quick_retries: Any
) -> None:
    leftovers.of_event(ThingHappened)
    worker = make_worker(name)
    container, exchange = run_service(worker, HEARTBEAT=60), event_exchange(ThingHappened.source).name
    dead = dead_name(f"evt-{name}--thing_happened--on_thing_happened")
    keys = st.sampled_from([b"thing_happened", b"thing_happened.loud", b"thing_happened.\xff"])
    told = 0

    @_CALM
    @given(st.lists(messages(keys, things(), reply_to=st.none() | st.just(b"nobody")), max_size=15))
    @example([replace(TOLD, headers=NEVER), replace(LOUD, headers=NEVER)])
    @example([replace(LOUD, headers=DEEP)])
    @example([replace(TOLD, content_encoding=b"unicode_escape", body=b"\\ud800")])
    @example([replace(TOLD, headers=LINKS)])
    def events(sent: list[Sent]) -> None:
        nonlocal told
        with broker.channel() as channel, untouched(container):
            for each in [*sent, TOLD]:
                channel.basic_publish(each.outgoing(), exchange, each.key)
            told += len(sent) + 1
            until(lambda: worker.heard + channel.queue_declare(dead, passive=True).message_count == told, 30.0)

    events()
    assert worker.heard > 0
    assert broker.count(dead) > 0


def make_worker(service_name: str) -> type[Any]:
    class Worker:
        name = f"{service_name}_worker"
        heard = 0

        @observes(ThingHappened)
        def on_thing_happened(self, event: ThingHappened) -> None:
            if event.loud:
                raise RuntimeError
            Worker.heard += 1

    return Worker
