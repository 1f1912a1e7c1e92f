"""Observers: at least once, with patience, and nothing dropped."""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import amqp
import eventlet
import pytest
from sqlalchemy import text

from plumbing import codec, deploy, observer, topology
from plumbing.database import Transactions
from plumbing.inbox import forget_handled, inbox_once
from plumbing.observer import observes
from plumbing.topology import event_exchange, event_queue
from tests.plumbing.broker import Broker
from tests.plumbing.conftest import QUICK_RETRIES_MS, Leftovers, consumer_of
from tests.plumbing.things import ThingHappened
from tests.plumbing.waiting import until

pytestmark = pytest.mark.usefixtures("quick_retries")


def make_worker(service_name: str, handle: Callable[[ThingHappened], None]) -> type[Any]:
    class Worker:
        name = f"{service_name}_worker"

        @observes(ThingHappened)
        def on_thing_happened(self, event: ThingHappened) -> None:
            handle(event)

    return Worker


@pytest.fixture
def queue(name: str, leftovers: Leftovers) -> str:
    leftovers.of_event(ThingHappened)
    return f"evt-{name}--thing_happened--on_thing_happened"


@pytest.fixture
def tell(broker: Broker, queue: str) -> Callable[..., None]:
    exchange = event_exchange(ThingHappened.source).name

    def put(event: ThingHappened | bytes, **properties: Any) -> None:
        body = event if isinstance(event, bytes) else codec.encode(event)
        topic = ThingHappened.name if isinstance(event, bytes) else event.topic()
        broker.put(exchange, topic, body, delivery_mode=2, **properties)

    return put


def thing(number: int = 1) -> ThingHappened:
    return ThingHappened(thing_id="x", version=number)


def test_observer_hears_of_the_event(name: str, run_service: Any, tell: Any, queue: str, broker: Broker) -> None:
    heard: list[ThingHappened] = []
    run_service(make_worker(name, heard.append))
    sent = thing()
    tell(sent)
    until(lambda: heard == [sent])
    until(lambda: broker.count(queue) == 0)


def test_every_observer_has_a_queue_of_its_own(name: str, run_service: Any, tell: Any, queue: str) -> None:
    heard: list[str] = []

    class Worker:
        name = f"{queue.split('--')[0][4:]}_worker"

        @observes(ThingHappened)
        def count_thing(self, event: ThingHappened) -> None:
            heard.append("count")

        @observes(ThingHappened)
        def show_thing(self, event: ThingHappened) -> None:
            heard.append("show")

    run_service(Worker)
    tell(thing())
    until(lambda: sorted(heard) == ["count", "show"])


def test_observer_may_choose_by_a_facet(name: str, run_service: Any, tell: Any, queue: str, broker: Broker) -> None:
    heard: list[tuple[str, int]] = []

    class Worker:
        name = f"{queue.split('--')[0][4:]}_worker"

        @observes(ThingHappened, only="loud")
        def on_loud_thing(self, event: ThingHappened) -> None:
            heard.append(("loud", event.version))

        @observes(ThingHappened)
        def on_thing_happened(self, event: ThingHappened) -> None:
            heard.append(("any", event.version))

    run_service(Worker)
    tell(thing(1))
    tell(ThingHappened(thing_id="x", version=2, loud=True))
    until(lambda: sorted(heard) == [("any", 1), ("any", 2), ("loud", 2)])
    tell(ThingHappened(thing_id="x", version=3, loud=True))
    until(lambda: ("loud", 3) in heard)
    assert ("loud", 1) not in heard


def test_replicas_share_the_work(name: str, run_service: Any, tell: Any, queue: str) -> None:
    heard: list[tuple[str, int]] = []
    for replica in ("a", "b"):
        run_service(make_worker(name, lambda event, who=replica: heard.append((who, event.version))))
    for number in range(20):
        tell(thing(number))
    until(lambda: len(heard) >= 20)
    assert sorted(number for _, number in heard) == list(range(20))


class TestFailures:
    def test_failed_event_is_tried_again_after_growing_delays(
        self, name: str, run_service: Any, tell: Any, queue: str, broker: Broker
    ) -> None:
        tried: list[float] = []

        def fail_three_times(event: ThingHappened) -> None:
            tried.append(time.monotonic())
            if len(tried) <= 3:
                raise RuntimeError("not yet")

        run_service(make_worker(name, fail_three_times))
        tell(thing())
        until(lambda: len(tried) == 4)
        waited = [later - earlier for earlier, later in zip(tried, tried[1:], strict=False)]
        for delay, wanted_ms in zip(waited, QUICK_RETRIES_MS, strict=False):
            assert delay >= wanted_ms / 1000
        assert broker.count(topology.dead_name(queue)) == 0

    def test_other_events_do_not_wait_for_the_failed_one(
        self, name: str, run_service: Any, tell: Any, queue: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        heard: list[int] = []
        for module in (observer, topology):  # long enough for the other events to be told
            monkeypatch.setattr(module, "RETRY_DELAYS_MS", (3_000, *QUICK_RETRIES_MS[1:]))

        def fail_first(event: ThingHappened) -> None:
            heard.append(event.version)
            if event.version == 1 and heard.count(1) == 1:
                raise RuntimeError("not yet")

        run_service(make_worker(name, fail_first), max_workers=1)
        for number in (1, 2, 3):
            tell(thing(number))
        until(lambda: len(heard) == 4)
        assert heard[:2] == [1, 2]
        assert heard.count(1) == 2

    def test_event_that_keeps_failing_is_parked_with_its_reason(
        self, name: str, run_service: Any, tell: Any, queue: str, dead: Any, broker: Broker
    ) -> None:
        tried: list[ThingHappened] = []

        def fail(event: ThingHappened) -> None:
            tried.append(event)
            raise LookupError("a person's secret")

        run_service(make_worker(name, fail))
        sent = thing()
        tell(sent, message_id=sent.event_id)
        parked = dead(queue)
        assert len(tried) == len(QUICK_RETRIES_MS) + 1
        assert parked.headers["x-parked"] == f"LookupError {len(tried)} times"
        assert parked.properties["message_id"] == sent.event_id
        assert codec.decode_as(parked.body, ThingHappened) == sent
        until(lambda: broker.count(queue) == 0)

    def test_attempts_that_somebody_made_up_count_as_none(
        self, name: str, run_service: Any, tell: Any, queue: str
    ) -> None:
        heard: list[int] = []

        def fail_once(event: ThingHappened) -> None:
            heard.append(event.version)
            if heard.count(event.version) == 1:
                raise RuntimeError

        run_service(make_worker(name, fail_once))
        for number, attempt in enumerate((-5, "many", [1])):
            tell(thing(number), application_headers={"x-attempt": attempt})
        until(lambda: sorted(heard) == [0, 0, 1, 1, 2, 2])

    @pytest.mark.parametrize(
        ("body", "properties"),
        [
            (b"\xff", {}),
            (b"", {}),
            (b"{}", {}),
            (b'{"thing_id": 5, "version": 1}', {}),
            (b"[" * 50_000, {}),
            (b"\x80\x04K\x01.", {"content_type": "application/x-python-serialize"}),
            (codec.encode(thing()), {"content_type": "text/plain"}),
        ],
        ids=lambda each: repr(each)[:30],
    )
    def test_what_is_no_such_event_is_parked_at_once(
        self, name: str, run_service: Any, tell: Any, queue: str, dead: Any, body: bytes, properties: dict[str, Any]
    ) -> None:
        heard: list[ThingHappened] = []
        run_service(make_worker(name, heard.append))
        tell(body, **properties)
        assert dead(queue).headers["x-parked"] == "undecodable"
        tell(thing())
        until(lambda: len(heard) == 1)

    def test_event_whose_handler_died_is_delivered_again(
        self, name: str, run_service: Any, tell: Any, queue: str
    ) -> None:
        begun: list[str] = []

        def hang(event: ThingHappened) -> None:
            begun.append(event.event_id)
            eventlet.sleep(60)

        dying = run_service(make_worker(name, hang))
        sent = thing()
        tell(sent)
        until(lambda: begun)
        dying.kill()
        heard: list[ThingHappened] = []
        run_service(make_worker(name, heard.append))
        until(lambda: heard == [sent])

    def test_work_in_hand_is_finished_when_the_worker_stops(
        self, name: str, run_service: Any, tell: Any, queue: str, broker: Broker
    ) -> None:
        begun, done = [], []
        door = eventlet.event.Event()

        def work(event: ThingHappened) -> None:
            begun.append(event)
            door.wait()
            done.append(event)

        worker = run_service(make_worker(name, work))
        tell(thing())
        until(lambda: begun)
        stopping = eventlet.spawn(worker.stop)
        until(lambda: not consumer_of(worker)._consumers)
        door.send()
        stopping.wait()
        assert len(done) == 1
        assert broker.count(queue) == 0


class TestOnce:
    def test_same_event_twice_is_handled_once(
        self, name: str, run_service: Any, tell: Any, queue: str, database: Transactions
    ) -> None:
        outcomes: list[bool] = []

        def handle(event: ThingHappened) -> None:
            with database.transaction() as session:
                outcomes.append(inbox_once(session, name, event.event_id))

        run_service(make_worker(name, handle))
        sent = thing()
        tell(sent)
        tell(sent)
        until(lambda: len(outcomes) == 2)
        assert sorted(outcomes) == [False, True]

    def test_second_delivery_waits_for_the_first(self, name: str, database: Transactions) -> None:
        event_id = thing().event_id
        outcomes: list[bool] = []

        def second() -> None:
            with database.transaction() as session:
                outcomes.append(inbox_once(session, name, event_id))

        with database.transaction() as session:
            assert inbox_once(session, name, event_id)
            waiting = eventlet.spawn(second)
            until(lambda: _blocked(database) == 1)
            assert outcomes == []
        waiting.wait()
        assert outcomes == [False]

    def test_second_delivery_is_handled_when_the_first_failed(self, name: str, database: Transactions) -> None:
        event_id = thing().event_id
        with pytest.raises(RuntimeError), database.transaction() as session:
            assert inbox_once(session, name, event_id)
            raise RuntimeError
        with database.transaction() as session:
            assert inbox_once(session, name, event_id)

    def test_consumers_do_not_share_their_notes(self, name: str, database: Transactions) -> None:
        event_id = thing().event_id
        with database.transaction() as session:
            assert inbox_once(session, name, event_id)
            assert inbox_once(session, f"{name}-other", event_id)

    def test_only_old_notes_are_forgotten(self, name: str, database: Transactions) -> None:
        old, new = thing().event_id, thing().event_id
        with database.transaction() as session:
            inbox_once(session, name, old)
            session.execute(text("UPDATE inbox SET handled_at = now() - interval '31 days'"))
            inbox_once(session, name, new)
            assert forget_handled(session, 30) == 1
            assert not inbox_once(session, name, new)


def _blocked(database: Transactions) -> int:
    with database.reading() as session:
        return session.execute(
            text(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
        ).scalar_one()


class TestQueues:
    def test_queue_is_a_quorum_queue_with_limits_and_a_place_for_the_dead(
        self, name: str, run_service: Any, queue: str, broker: Broker
    ) -> None:
        run_service(make_worker(name, lambda event: None))
        declared = event_queue(ThingHappened.name, ThingHappened.source, f"{name}_worker", "on_thing_happened")
        arguments = declared.queue_arguments
        assert declared.name == queue
        assert arguments["x-queue-type"] == "quorum"
        assert arguments["x-delivery-limit"] == 20
        assert arguments["x-dead-letter-routing-key"] == f"{queue}.dead"
        assert arguments["x-overflow"] == "reject-publish"
        with broker.channel() as channel:  # the broker refuses other arguments than the queue has
            channel.queue_declare(queue, durable=True, auto_delete=False, arguments=arguments)

    def test_event_that_kills_its_handlers_is_parked_by_the_broker(
        self, name: str, run_service: Any, tell: Any, queue: str, broker: Broker
    ) -> None:
        worker = run_service(make_worker(name, lambda event: None))
        worker.stop()
        tell(thing())
        with broker.channel() as channel:
            for _ in range(21):
                message = until(lambda: channel.basic_get(queue))
                channel.basic_reject(message.delivery_tag, requeue=True)
        assert broker.take(f"{queue}.dead").headers["x-first-death-reason"] == "delivery_limit"

    def test_declared_queue_keeps_events_for_an_observer_that_never_ran(
        self, name: str, run_service: Any, tell: Any, queue: str, broker: Broker, written_service: Any
    ) -> None:
        declared = deploy.declare(broker.uri, name)
        assert queue in declared
        assert f"{queue}.dead" in declared
        sent = thing()
        tell(sent)
        assert broker.count(queue) == 1
        heard: list[ThingHappened] = []
        run_service(make_worker(name, heard.append))
        until(lambda: heard == [sent])

    def test_queues_of_an_observer_that_is_gone_are_taken_away(
        self, name: str, broker: Broker, queue: str, written_service: Any
    ) -> None:
        deploy.declare(broker.uri, name)
        retired = f"evt-{name}--thing_happened--on_former_thing"
        module = importlib.import_module(f"svc_{name}.worker")
        module.Worker.retired_observers = (retired,)
        with broker.channel() as channel:
            channel.queue_declare(retired, durable=True, auto_delete=False)
            channel.queue_declare(f"{retired}.dead", durable=True, auto_delete=False)
        deploy.declare(broker.uri, name)
        with broker.channel() as channel, pytest.raises(amqp.NotFound):
            channel.queue_declare(retired, passive=True)
        with broker.channel() as channel, pytest.raises(amqp.NotFound):
            channel.queue_declare(f"{retired}.dead", passive=True)
        assert broker.count(queue) == 0

    def test_declaring_twice_changes_nothing(self, name: str, broker: Broker, queue: str, written_service: Any) -> None:
        assert deploy.declare(broker.uri, name) == deploy.declare(broker.uri, name)


@pytest.fixture
def written_service(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, leftovers: Leftovers) -> Iterator[None]:
    """A package `svc_<name>` with an observer in its worker."""
    package = tmp_path / f"svc_{name}"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "worker.py").write_text(f"""
from plumbing.observer import observes
from tests.plumbing.things import ThingHappened

class Worker:
    name = "{name}_worker"

    @observes(ThingHappened)
    def on_thing_happened(self, event):
        pass
""")
    monkeypatch.syspath_prepend(tmp_path)
    leftovers.exchanges.add(f"{name}.events")
    yield
    for module in [each for each in sys.modules if each.startswith(f"svc_{name}")]:
        del sys.modules[module]


class TestTogether:
    """Observers that are called with what came in meanwhile."""

    @pytest.fixture
    def make(self, queue: str) -> Callable[[Callable[[list[int]], None]], type[Any]]:
        def make(handle: Callable[[list[int]], None]) -> type[Any]:
            class Worker:
                name = f"{queue.split('--')[0][4:]}_worker"

                @observes(ThingHappened, together=5)
                def on_thing_happened(self, events: list[ThingHappened]) -> None:
                    handle([event.version for event in events])

            return Worker

        return make

    def test_what_comes_in_meanwhile_comes_next(
        self, run_service: Any, tell: Any, make: Any, broker: Broker, queue: str
    ) -> None:
        heard: list[list[int]] = []
        door = eventlet.event.Event()

        def wait_once(versions: list[int]) -> None:
            heard.append(versions)
            if len(heard) == 1:
                door.wait()

        worker = run_service(make(wait_once), max_workers=20)
        tell(thing(0))
        until(lambda: heard == [[0]])
        for number in range(1, 9):
            tell(thing(number))
        until(lambda: len(consumer_of(worker)._in_flight) == 9)
        door.send()
        until(lambda: heard == [[0], [1, 2, 3, 4, 5], [6, 7, 8]])
        until(lambda: broker.count(queue) == 0)

    def test_batches_may_begin_at_a_distance_and_the_first_begins_at_once(
        self, run_service: Any, tell: Any, broker: Broker, queue: str
    ) -> None:
        heard: list[tuple[float, list[int]]] = []

        class Worker:
            name = f"{queue.split('--')[0][4:]}_worker"

            @observes(ThingHappened, together=5, pause_s=1.5)
            def on_thing_happened(self, events: list[ThingHappened]) -> None:
                heard.append((time.monotonic(), [event.version for event in events]))

        run_service(Worker, max_workers=20)
        begun = time.monotonic()
        tell(thing(0))
        until(lambda: heard)
        for number in range(1, 8):
            tell(thing(number))
        until(lambda: len(heard) == 3)
        assert [versions for _, versions in heard] == [[0], [1, 2, 3, 4, 5], [6, 7]]
        assert heard[0][0] - begun < 1.5
        assert all(later - earlier >= 1.49 for (earlier, _), (later, _) in zip(heard, heard[1:], strict=False))
        until(lambda: broker.count(queue) == 0)

    @pytest.mark.parametrize("max_workers", [1, 20])
    def test_what_cannot_be_handled_is_parked_alone(
        self, run_service: Any, tell: Any, make: Any, broker: Broker, queue: str, dead: Any, max_workers: int
    ) -> None:
        done: list[int] = []

        def fail_three(versions: list[int]) -> None:
            if 3 in versions:
                raise LookupError
            done.extend(versions)

        run_service(make(fail_three), max_workers=max_workers)
        for number in range(6):
            tell(thing(number))
        assert codec.decode_as(dead(queue).body, ThingHappened).version == 3
        until(lambda: broker.count(queue) == 0)
        assert sorted(done) == [0, 1, 2, 4, 5]

    def test_work_in_hand_is_finished_when_the_worker_stops(
        self, run_service: Any, tell: Any, make: Any, broker: Broker, queue: str
    ) -> None:
        heard: list[list[int]] = []
        door = eventlet.event.Event()

        def work(versions: list[int]) -> None:
            heard.append(versions)
            door.wait()

        worker = run_service(make(work), max_workers=20)
        for number in range(8):
            tell(thing(number))
        until(lambda: heard and len(consumer_of(worker)._in_flight) == 8)
        stopping = eventlet.spawn(worker.stop)
        until(lambda: not consumer_of(worker)._consumers)
        door.send()
        stopping.wait()
        assert sorted(number for versions in heard for number in versions) == list(range(8))
        assert broker.count(queue) == 0

    def test_what_another_observer_still_works_on_stays_with_the_broker(
        self, run_service: Any, tell: Any, queue: str, broker: Broker, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        slow: list[int] = []
        quick: list[int] = []
        door = eventlet.event.Event()

        class Worker:
            name = f"{queue.split('--')[0][4:]}_worker"

            @observes(ThingHappened, only="loud")
            def on_loud_thing(self, event: ThingHappened) -> None:
                slow.append(event.version)
                door.wait()

            @observes(ThingHappened, together=5)
            def on_thing_happened(self, events: list[ThingHappened]) -> None:
                quick.extend(event.version for event in events)

        dying = run_service(Worker, max_workers=20)
        for number in range(4):
            tell(ThingHappened(thing_id="x", version=number, loud=number == 1))
        until(lambda: slow == [1] and sorted(quick) == [0, 1, 2, 3])
        until(lambda: len(consumer_of(dying)._in_flight) == 1)
        dying.kill()
        door.send()
        run_service(Worker, max_workers=20)
        until(lambda: slow == [1, 1])
        eventlet.sleep(0.2)
        assert sorted(quick) == [0, 1, 2, 3]
