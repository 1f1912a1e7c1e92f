"""The outbox: what is committed is published, in order, whatever breaks meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from threading import Event as Flag
from typing import Any

import amqp
import eventlet
import pytest
from prometheus_client import REGISTRY
from sqlalchemy import Engine, text
from sqlalchemy.orm import DeclarativeBase

from contracts.base import new_id
from plumbing import codec, outbox, readiness, topology
from plumbing.bus import Link
from plumbing.context import CallContext, working_on
from plumbing.database import Transactions, new_engine
from plumbing.inbox import inbox_once
from plumbing.outbox import Relay, record_event, record_events, relay_service
from plumbing.publisher import ConfirmedPublisher
from plumbing.settings import settings
from plumbing.topology import event_exchange
from tests.plumbing.broker import Broker
from tests.plumbing.conftest import Leftovers
from tests.plumbing.things import ThingHappened
from tests.plumbing.waiting import until


def thing(number: int = 0, thing_id: str = "x") -> ThingHappened:
    return ThingHappened(thing_id=thing_id, version=number)


@pytest.fixture
def queue(name: str, broker: Broker, leftovers: Leftovers) -> str:
    """A queue that gets every event of these tests."""
    bind(broker, leftovers, name, "#")
    return name


@pytest.fixture
def start_relay(
    name: str, links: list[Link], scratch_database: str, broker: Broker, database: Transactions
) -> Iterator[Callable[..., tuple[Relay, Any]]]:
    """Run a relay; returns it and its greenlet."""
    stops: list[Flag] = []
    running: list[Any] = []

    def start(uri: str = broker.uri, url: str = scratch_database) -> tuple[Relay, Any]:
        publisher = ConfirmedPublisher(uri, f"relay-{name}")
        links.append(publisher)
        publisher.start()
        relay, stopped = Relay(name, new_engine(url, pool_size=3), publisher), Flag()
        stops.append(stopped)
        running.append(eventlet.spawn(relay.run, stopped))
        return relay, running[-1]

    yield start
    for stopped in stops:
        stopped.set()
    for each in running:
        with eventlet.Timeout(15), suppress(eventlet.greenlet.GreenletExit):
            each.wait()


def store(database: Transactions, *events: ThingHappened) -> None:
    with database.transaction() as session:
        record_events(session, events)


def waiting(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.execute(text("SELECT count(*) FROM outbox")).scalar_one()


def end_backends(engine: Engine, where: str) -> int:
    """End other connections to the scratch database; return how many."""
    with engine.connect() as connection:
        ended = connection.execute(
            text(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"  # noqa: S608
                f" WHERE datname = current_database() AND pid <> pg_backend_pid() AND {where}"
            )
        )
        return ended.scalar_one()


GUARD = "pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory')"


def versions(messages: list[amqp.Message], thing_id: str = "x") -> list[int]:
    events = [codec.decode_as(each.body, ThingHappened) for each in messages]
    return [each.version for each in events if each.thing_id == thing_id]


class TestRecording:
    def test_committed_event_is_published_as_it_was(
        self, database: Transactions, start_relay: Any, queue: str, broker: Broker, engine: Engine
    ) -> None:
        start_relay()
        sent = ThingHappened(thing_id="ü \U0001f600 \\ \" '", version=1)
        with working_on(CallContext(traceparent="00-aa-bb-01")):
            store(database, sent)
        message = broker.take(queue)
        assert codec.decode_as(message.body, ThingHappened) == sent
        assert message.properties["message_id"] == sent.event_id
        assert message.properties["content_type"] == "application/json"
        assert message.properties["delivery_mode"] == 2
        assert message.headers["nameko.traceparent"] == "00-aa-bb-01"
        until(lambda: waiting(engine) == 0)

    def test_event_is_one_transaction_with_what_it_tells_of(
        self, name: str, database: Transactions, engine: Engine
    ) -> None:
        with database.transaction() as session:
            inbox_once(session, name, new_id())  # any other row of that database
            record_event(session, thing(1))
        with engine.connect() as connection:
            makers = text("SELECT (SELECT xmin::text FROM inbox), (SELECT xmin::text FROM outbox)")
            of_the_row, of_the_event = connection.execute(makers).one()
        assert of_the_row == of_the_event

    def test_event_is_published_under_its_name_and_its_facets(
        self, database: Transactions, start_relay: Any, queue: str, broker: Broker
    ) -> None:
        start_relay()
        store(database, ThingHappened(thing_id="x", version=1, loud=True))
        assert broker.take(queue).delivery_info["routing_key"] == "thing_happened.loud"

    def test_rolled_back_event_is_not(
        self, database: Transactions, start_relay: Any, queue: str, broker: Broker
    ) -> None:
        start_relay()
        with pytest.raises(RuntimeError), database.transaction() as session:
            record_event(session, thing(1))
            raise RuntimeError
        store(database, thing(2))
        assert versions([broker.take(queue)]) == [2]

    def test_no_events_are_no_statement(self, database: Transactions, engine: Engine) -> None:
        store(database)
        assert waiting(engine) == 0

    def test_commit_wakes_the_relay(
        self, database: Transactions, start_relay: Any, queue: str, broker: Broker, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(outbox, "LOOK_S", 60.0)  # by itself it would come too late
        relay, _ = start_relay()
        until(lambda: relay.leading)
        for number in range(5):
            store(database, thing(number))
            broker.take(queue)
        monkeypatch.undo()
        store(database, thing(5))  # it wakes once more, and looks often enough to see that it is to end
        broker.take(queue)


class TestNobodyListens:
    """Where no queue is, nothing is sent, until the broker is asked again."""

    def test_event_that_nobody_hears_is_not_kept(
        self, database: Transactions, start_relay: Any, leftovers: Leftovers, broker: Broker, engine: Engine
    ) -> None:
        leftovers.of_event(ThingHappened)
        with broker.channel() as channel:
            channel.exchange_declare(
                event_exchange(ThingHappened.source).name, "topic", durable=True, auto_delete=False
            )
        start_relay()
        store(database, thing(0))
        until(lambda: waiting(engine) == 0)

    def test_each_topic_is_sent_or_not_by_itself(
        self, database: Transactions, start_relay: Any, name: str, leftovers: Leftovers, broker: Broker, engine: Engine
    ) -> None:
        bind(broker, leftovers, name, "thing_happened.loud")
        start_relay()
        for number in range(3):
            store(database, thing(number), ThingHappened(thing_id="y", version=number, loud=True))
        until(lambda: waiting(engine) == 0)
        assert versions(broker.take_all(name), "y") == [0, 1, 2]

    def test_queue_that_a_deployment_makes_gets_everything_from_then_on(
        self, database: Transactions, start_relay: Any, name: str, leftovers: Leftovers, broker: Broker, engine: Engine
    ) -> None:
        leftovers.of_event(ThingHappened)
        with broker.channel() as channel:
            channel.exchange_declare(
                event_exchange(ThingHappened.source).name, "topic", durable=True, auto_delete=False
            )
        start_relay()
        store(database, thing(0))
        until(lambda: waiting(engine) == 0)
        bind(broker, leftovers, name, "#")
        eventlet.sleep(topology.DEAF_S)  # as a deployment does
        store(database, thing(1))
        assert versions([broker.take(name)]) == [1]


def bind(broker: Broker, leftovers: Leftovers, name: str, topic: str) -> None:
    leftovers.of_event(ThingHappened)
    leftovers.queues.add(name)
    exchange = event_exchange(ThingHappened.source).name
    with broker.channel() as channel:
        channel.exchange_declare(exchange, "topic", durable=True, auto_delete=False)
        channel.queue_declare(name, durable=True, auto_delete=False)
        channel.queue_bind(name, exchange, topic)


class TestOrder:
    def test_order_of_each_aggregate_is_kept_over_batches(
        self,
        database: Transactions,
        start_relay: Any,
        queue: str,
        broker: Broker,
        engine: Engine,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(outbox, "BATCH", 7)
        for number in range(60):
            store(database, *(thing(number, each) for each in "abc"))
        store(database, *(thing(number, "d") for number in range(40)))
        start_relay()
        until(lambda: waiting(engine) == 0)
        messages = broker.take_all(queue)
        for each in "abc":
            assert versions(messages, each) == list(range(60))
        assert versions(messages, "d") == list(range(40))


class TestFailures:
    def test_events_wait_while_the_broker_is_away(
        self, database: Transactions, start_relay: Any, queue: str, broker: Broker, engine: Engine, wires: Any
    ) -> None:
        wire, uri = wires(broker.uri)
        start_relay(uri)
        store(database, thing(0))
        assert versions([broker.take(queue)]) == [0]
        until(lambda: waiting(engine) == 0)  # taken is not yet confirmed: cut now, it would be published again
        wire.cut()
        store(database, *(thing(number) for number in range(1, 20)))
        until(lambda: waiting(engine) == 19)
        wire.mend()
        until(lambda: waiting(engine) == 0)
        got = versions(broker.take_all(queue))
        assert list(dict.fromkeys(got)) == list(range(1, 20))

    def test_relay_that_was_killed_before_it_deleted_publishes_again(
        self, database: Transactions, start_relay: Any, queue: str, broker: Broker, engine: Engine
    ) -> None:
        store(database, thing(1))
        with engine.connect() as holder:
            holder.execute(text("SELECT 1 FROM outbox FOR UPDATE"))  # may be read, and not be deleted
            _, running = start_relay()
            until(lambda: broker.count(queue) == 1)
            running.kill()
        assert waiting(engine) == 1
        start_relay()
        until(lambda: waiting(engine) == 0)
        first, second = broker.take_all(queue)
        assert first.properties["message_id"] == second.properties["message_id"]

    def test_nothing_is_deleted_that_the_broker_refused(
        self, database: Transactions, start_relay: Any, name: str, broker: Broker, leftovers: Leftovers, engine: Engine
    ) -> None:
        leftovers.of_event(ThingHappened)
        leftovers.queues.add(name)
        exchange = event_exchange(ThingHappened.source).name
        with broker.channel() as channel:
            channel.exchange_declare(exchange, "topic", durable=True, auto_delete=False)
            full = {"x-max-length": 1, "x-overflow": "reject-publish"}
            channel.queue_declare(name, durable=True, auto_delete=False, arguments=full)
            channel.queue_bind(name, exchange, "#")
        store(database, *(thing(number) for number in range(5)))
        start_relay()
        until(lambda: broker.count(name) == 1)
        assert waiting(engine) == 5
        later = f"{name}-later"
        leftovers.queues.add(later)
        with broker.channel() as channel:  # bound before the full one goes: with no queue events would be dropped
            channel.queue_declare(later, durable=True, auto_delete=False)
            channel.queue_bind(later, exchange, "#")
            channel.queue_delete(name)
        until(lambda: waiting(engine) == 0)
        assert versions(broker.take_all(later))[-5:] == list(range(5))

    def test_events_for_an_exchange_that_is_not_there_yet_wait(
        self,
        database: Transactions,
        start_relay: Any,
        broker: Broker,
        leftovers: Leftovers,
        engine: Engine,
        caplog: Any,
    ) -> None:
        leftovers.of_event(ThingHappened)
        start_relay()
        store(database, thing(1))
        exchange = event_exchange(ThingHappened.source).name
        until(lambda: "relay_broker_away" in caplog.text)
        assert waiting(engine) == 1
        with broker.channel() as channel:
            channel.exchange_declare(exchange, "topic", durable=True, auto_delete=False)
        until(lambda: waiting(engine) == 0)

    @pytest.mark.parametrize("where", [GUARD, "NOT " + GUARD, "true"], ids=["the lock's", "all but the lock's", "all"])
    def test_relay_goes_on_after_its_connections_were_ended(
        self, database: Transactions, start_relay: Any, queue: str, broker: Broker, engine: Engine, where: str
    ) -> None:
        relay, _ = start_relay()
        for number in range(4):
            until(lambda: relay.leading)
            store(database, thing(number))
            # One that was published when its connection ended may come again.
            until(lambda number=number: number in versions(broker.take_all(queue)))
            end_backends(engine, where)
            engine.dispose()

    def test_relay_goes_on_after_the_database_was_away(
        self, database: Transactions, start_relay: Any, queue: str, broker: Broker, scratch_database: str, wires: Any
    ) -> None:
        wire, url = wires(scratch_database)
        relay, _ = start_relay(url=url)
        until(lambda: relay.leading)
        wire.cut()
        until(lambda: not relay.leading)
        store(database, thing(1))
        wire.mend()
        assert versions([broker.take(queue)]) == [1]


class TestReplicas:
    def test_one_relay_leads_and_the_other_takes_over(
        self, database: Transactions, start_relay: Any, queue: str, broker: Broker, engine: Engine
    ) -> None:
        first, running = start_relay()
        until(lambda: first.leading)
        second, _ = start_relay()
        store(database, *(thing(number) for number in range(50)))
        until(lambda: waiting(engine) == 0)
        assert not second.leading
        running.kill()
        until(lambda: second.leading)
        store(database, thing(50))
        until(lambda: broker.count(queue) == 51)
        assert versions(broker.take_all(queue)) == list(range(51))


class Base(DeclarativeBase):
    pass


class TestService:
    def test_service_publishes_and_stops_in_good_order(
        self, name: str, make_container: Any, database: Transactions, queue: str, broker: Broker, engine: Engine
    ) -> None:
        container = make_container(relay_service(name, Base))
        container.start()
        store(database, *(thing(number) for number in range(10)))
        until(lambda: broker.count(queue) == 10)
        until(lambda: readiness.report()[0])
        container.stop()
        assert waiting(engine) == 0
        assert readiness.report() == (True, {})

    def test_lag_makes_it_not_ready(
        self, name: str, make_container: Any, database: Transactions, engine: Engine, environment: Any, wires: Any
    ) -> None:
        wire, uri = wires(settings().amqp_uri)
        environment(AMQP_URI=uri)
        container = make_container(relay_service(name, Base))
        container.start()
        check = f"outbox:{name}_relay"
        until(lambda: readiness.report()[1][check] == "ok")
        wire.cut()
        until(lambda: readiness.report()[1][check] == "not connected to the broker")
        store(database, thing(1))
        with engine.begin() as connection:
            connection.execute(text("UPDATE outbox SET enqueued_at = enqueued_at - interval '100 seconds'"))
        labels = {"service": f"{name}_relay"}
        until(lambda: (REGISTRY.get_sample_value("charla_outbox_lag_seconds", labels) or 0) > 99, 20)

    def test_lag_is_the_age_of_the_oldest(
        self, name: str, database: Transactions, engine: Engine, links: list[Link], broker: Broker
    ) -> None:
        relay = Relay(name, engine, ConfirmedPublisher(broker.uri, name))
        assert relay.lag_s() == 0
        store(database, thing(1))
        with engine.begin() as connection:
            connection.execute(text("UPDATE outbox SET enqueued_at = enqueued_at - interval '100 seconds'"))
        store(database, thing(2))
        assert 100 <= relay.lag_s() < 110


def test_ids_of_events_are_those_of_their_rows(database: Transactions, engine: Engine) -> None:
    event_id = new_id()
    store(database, ThingHappened(thing_id="x", version=1, event_id=event_id))
    with engine.connect() as connection:
        assert str(connection.execute(text("SELECT event_id FROM outbox")).scalar_one()) == event_id
