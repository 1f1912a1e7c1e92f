"""Outages of the broker: nobody has to be restarted, and nobody waits in vain."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import amqp
import eventlet
import pytest
from eventlet.event import Event

from plumbing.bus import BusLost, Link
from plumbing.caller import RpcCaller
from plumbing.observer import observes
from plumbing.publisher import ConfirmedPublisher
from plumbing.rpc import rpc
from plumbing.topology import event_exchange
from tests.plumbing.broker import Broker
from tests.plumbing.conftest import Leftovers, consumer_of, deadline_in
from tests.plumbing.things import ThingHappened
from tests.plumbing.waiting import until


class Room:
    """What the service of these tests is given, and tells."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.heard: list[int] = []
        self.door = Event()


def make_service(service_name: str, room: Room) -> type[Any]:
    class Service:
        name = service_name

        @rpc
        def echo(self, *, word: str) -> str:
            return word

        @rpc
        def wait(self, *, who: str) -> str:
            room.begun.append(who)
            room.door.wait()
            return who

        @observes(ThingHappened)
        def on_thing_happened(self, event: ThingHappened) -> None:
            room.heard.append(event.version)

        @observes(ThingHappened)
        def also_on_thing_happened(self, event: ThingHappened) -> None:
            pass

    return Service


@pytest.fixture
def room() -> Room:
    return Room()


@pytest.fixture
def service(name: str, room: Room, leftovers: Leftovers) -> type[Any]:
    leftovers.of_event(ThingHappened)
    return make_service(name, room)


def answers(caller: RpcCaller, name: str) -> bool:
    try:
        return caller.call(name, "echo", {"word": "yes"}, deadline_in(1)) == "yes"
    except Exception:  # noqa: BLE001
        return False


class TestCaller:
    def test_pending_calls_fail_at_once(
        self, name: str, service: Any, room: Room, run_service: Any, make_caller: Any, wires: Any, broker: Broker
    ) -> None:
        wire, uri = wires(broker.uri)
        run_service(service)
        caller = make_caller(uri)
        calls = [eventlet.spawn(self._lost, caller, name, f"w{number}") for number in range(5)]
        until(lambda: len(room.begun) == 5)
        started = time.monotonic()
        wire.cut()
        assert [each.wait() for each in calls] == ["bus_lost"] * 5
        assert time.monotonic() - started < 25
        room.door.send()

    @staticmethod
    def _lost(caller: RpcCaller, name: str, who: str) -> str:
        with pytest.raises(BusLost) as told:
            caller.call(name, "wait", {"who": who}, deadline_in(30))
        return told.value.code

    def test_call_while_the_broker_is_away_fails_soon(
        self, name: str, make_caller: Any, wires: Any, broker: Broker
    ) -> None:
        wire, uri = wires(broker.uri)
        caller = make_caller(uri)
        wire.cut()
        until(lambda: not caller.connected)
        started = time.monotonic()
        with pytest.raises(BusLost):
            caller.call(name, "echo", {"word": "a"}, deadline_in(30))
        assert time.monotonic() - started < 25

    def test_same_caller_goes_on_after_each_outage(
        self, name: str, service: Any, run_service: Any, make_caller: Any, wires: Any, broker: Broker
    ) -> None:
        wire, uri = wires(broker.uri)
        run_service(service)
        caller = make_caller(uri)
        for _ in range(3):
            until(lambda: answers(caller, name))
            wire.cut()
            until(lambda: not caller.connected)
            wire.mend()
        until(lambda: answers(caller, name))

    def test_caller_that_began_while_the_broker_was_away_works_once_it_comes(
        self, name: str, service: Any, run_service: Any, make_caller: Any, wires: Any, broker: Broker
    ) -> None:
        wire, uri = wires(broker.uri)
        wire.cut()
        caller = make_caller(uri)
        run_service(service)
        assert not answers(caller, name)
        wire.mend()
        until(lambda: answers(caller, name))

    def test_mistake_in_a_callback_does_not_end_the_link(
        self, name: str, service: Any, run_service: Any, make_caller: Any
    ) -> None:
        from plumbing.bus import PendingReply

        run_service(service)
        caller = make_caller()
        until(lambda: answers(caller, name))
        asked: list[PendingReply] = []
        caller.begin(
            name, "echo", {"word": "a"}, deadline_in(5), PendingReply(lambda pending: asked.append(pending.nothing))
        )
        until(lambda: answers(caller, name))


class TestService:
    def test_service_goes_on_after_each_outage(
        self,
        name: str,
        service: Any,
        room: Room,
        run_service: Any,
        rpc_caller: RpcCaller,
        wires: Any,
        broker: Broker,
    ) -> None:
        wire, uri = wires(broker.uri)
        container = run_service(service, AMQP_URI=uri)
        for number in range(3):
            until(lambda: answers(rpc_caller, name))
            wire.cut()
            until(lambda: consumer_of(container)._check())
            tell(broker, number)
            wire.mend()
            until(lambda: consumer_of(container)._check() is None)
        until(lambda: answers(rpc_caller, name))
        until(lambda: sorted(set(room.heard)) == [0, 1, 2])

    def test_answer_that_cannot_be_sent_does_not_end_the_service(
        self, name: str, service: Any, room: Room, run_service: Any, rpc_caller: RpcCaller, wires: Any, broker: Broker
    ) -> None:
        wire, uri = wires(broker.uri)
        container = run_service(service, AMQP_URI=uri)
        waiting = eventlet.spawn(rpc_caller.call, name, "wait", {"who": "a"}, deadline_in(20))
        until(lambda: room.begun == ["a"])
        wire.cut()
        until(lambda: consumer_of(container)._check())
        room.door.send()
        eventlet.sleep(0)
        wire.mend()
        assert waiting.wait() == "a"  # handed out again, since it was never acknowledged
        assert len(room.begun) == 2
        assert answers(rpc_caller, name)

    def test_service_that_began_while_the_broker_was_away_works_once_it_comes(
        self, name: str, service: Any, make_container: Any, rpc_caller: RpcCaller, wires: Any, broker: Broker
    ) -> None:
        wire, uri = wires(broker.uri)
        wire.cut()
        container = make_container(service, AMQP_URI=uri)
        container.start()
        assert consumer_of(container)._check() == "not connected to the broker"
        wire.mend()
        until(lambda: answers(rpc_caller, name))

    @pytest.mark.parametrize("way", ["stop", "kill"])
    @pytest.mark.parametrize("connected_before", [True, False])
    def test_service_ends_soon_while_the_broker_is_away(
        self, service: Any, make_container: Any, wires: Any, broker: Broker, way: str, connected_before: bool
    ) -> None:
        wire, uri = wires(broker.uri)
        if not connected_before:
            wire.cut()
        container = make_container(service, AMQP_URI=uri)
        container.start()
        if connected_before:
            until(lambda: consumer_of(container)._check() is None)
            wire.cut()
        with eventlet.Timeout(5):
            getattr(container, way)()


def tell(broker: Broker, number: int) -> None:
    exchange = event_exchange(ThingHappened.source).name
    from plumbing import codec

    broker.put(exchange, ThingHappened.name, codec.encode(ThingHappened(thing_id="x", version=number)), delivery_mode=2)


class TestPublisher:
    @pytest.fixture
    def lay(self, links: list[Link], wires: Any, broker: Broker) -> Callable[[], tuple[Any, ConfirmedPublisher]]:
        def make() -> tuple[Any, ConfirmedPublisher]:
            wire, uri = wires(broker.uri)
            links.append(ConfirmedPublisher(uri, "publisher"))
            return wire, links[-1]

        return make

    def test_it_returns_when_the_broker_has_them_all(
        self, lay: Any, broker: Broker, name: str, leftovers: Leftovers
    ) -> None:
        leftovers.queues.add(name)
        with broker.channel() as channel:
            channel.queue_declare(name, durable=True, auto_delete=False)
        _, publisher = lay()
        publisher.publish([("", name, amqp.Message(str(number))) for number in range(1_000)])
        assert broker.count(name) == 1_000
        assert [each.body for each in broker.take_all(name)] == [str(number) for number in range(1_000)]

    def test_nothing_to_publish_is_done_at_once(self, lay: Any) -> None:
        _, publisher = lay()
        publisher.publish([])

    def test_loss_while_waiting_for_confirms_is_told_and_the_next_works(
        self, lay: Any, broker: Broker, name: str, leftovers: Leftovers
    ) -> None:
        leftovers.queues.add(name)
        with broker.channel() as channel:
            channel.queue_declare(name, durable=True, auto_delete=False)
        wire, publisher = lay()
        publisher.publish([("", name, amqp.Message("1"))])
        wire.cut()
        with pytest.raises(BusLost):
            publisher.publish([("", name, amqp.Message("2"))], timeout_s=0.5)
        wire.mend()
        publisher.publish([("", name, amqp.Message("3"))])
        assert [each.body for each in broker.take_all(name)] == ["1", "3"]

    def test_threads_may_share_it(self, lay: Any, broker: Broker, name: str, leftovers: Leftovers) -> None:
        leftovers.queues.add(name)
        with broker.channel() as channel:
            channel.queue_declare(name, durable=True, auto_delete=False)
        _, publisher = lay()
        work = [eventlet.spawn(publisher.publish, [("", name, amqp.Message(f"{each}"))] * 20) for each in range(10)]
        for each in work:
            each.wait()
        assert broker.count(name) == 200
