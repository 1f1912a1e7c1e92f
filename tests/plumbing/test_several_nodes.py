"""Stores with several addresses: the first that answers is taken, and when it is lost, another one."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from plumbing import deploy
from plumbing.bus import connect
from plumbing.caller import RpcCaller
from plumbing.database import new_engine
from plumbing.endpoints import Endpoint, amqp_uris, redis_place
from plumbing.publisher import ConfirmedPublisher
from plumbing.topology import dead_queue, event_exchange, event_queue, retry_queues, rpc_queue
from tests.plumbing.broker import Broker
from tests.plumbing.conftest import Leftovers, consumer_of
from tests.plumbing.test_bus import Room, answers, make_service
from tests.plumbing.waiting import until

NOBODY = "amqp://guest:guest@127.0.0.1:1/nothing"


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that lets no connection come about and refuses none, as one that is cut off."""
    with ExitStack() as ending:
        listener = ending.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(3):  # more than it lets wait
            waiting = ending.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


class TestAddresses:
    def test_one_redis_is_no_cluster(self) -> None:
        place = redis_place("redis://ann:s%2Fcret@one:7000/0")
        assert place == ((Endpoint("one", 7000),), "ann", "s/cret", False)

    def test_cluster_names_its_nodes(self) -> None:
        place = redis_place("redis+cluster://ann:secret@one:7000,two/0")
        assert place.in_cluster
        assert place.endpoints == (("one", 7000), ("two", 6379))

    def test_brokers_are_tried_in_their_order(self) -> None:
        assert amqp_uris("amqp://one;amqp://two; ") == ["amqp://one", "amqp://two"]


class TestBroker:
    def test_dead_node_is_passed_over(self, broker: Broker) -> None:
        connect(f"{NOBODY};{broker.uri}", "tests").close()

    def test_dead_list_is_told(self) -> None:
        with pytest.raises(ConnectionRefusedError):
            connect(f"{NOBODY};{NOBODY}", "tests")

    def test_queues_are_declared_where_somebody_answers(
        self, name: str, broker: Broker, leftovers: Leftovers, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        service = make_service(name, Room())
        leftovers.of(service)
        leftovers.exchanges.add(event_exchange(name).name)
        monkeypatch.setattr(deploy, "service_classes", lambda _: [service])
        for queue in deploy.declare(f"{NOBODY};{NOBODY};{broker.uri}", name):
            assert broker.count(queue) == 0

    def test_callers_services_and_publishers_go_on_by_the_next_node(
        self,
        name: str,
        leftovers: Leftovers,
        run_service: Any,
        make_caller: Any,
        wires: Any,
        broker: Broker,
        links: list[Any],
    ) -> None:
        wire, first = wires(broker.uri)
        uris = f"{first};{broker.uri}"
        container = run_service(make_service(name, Room()), AMQP_URI=uris)
        caller: RpcCaller = make_caller(uris)
        publisher = ConfirmedPublisher(uris, name)
        links.append(publisher)
        publisher.publish([])
        until(lambda: answers(caller, name))
        wire.cut()
        until(lambda: answers(caller, name))
        until(lambda: consumer_of(container)._check() is None)
        until(lambda: publisher.connected)


class TestQueues:
    def test_one_broker_says_nothing_of_a_cluster(self) -> None:
        queue = event_queue("thing_happened", "things", "others", "on_thing")
        assert "x-quorum-initial-group-size" not in queue.queue_arguments
        assert rpc_queue("things").durable

    def test_cluster_keeps_events_on_so_many_nodes_and_makes_calls_anew(self, environment: Any) -> None:
        environment(AMQP_QUORUM_SIZE="3")
        queues = [event_queue("thing_happened", "things", "others", "on_thing"), dead_queue("q"), *retry_queues("q")]
        assert {queue.queue_arguments["x-quorum-initial-group-size"] for queue in queues} == {3}
        assert not rpc_queue("things").durable


class TestDatabase:
    def engine(self, url: str, *ports: int) -> Engine:
        """Return an engine whose servers listen on `ports` and then on the right one."""
        mine = make_url(url)
        hosts = [f"127.0.0.1:{port}" for port in (*ports, mine.port)]
        several = mine.set(host=None, port=None, query={"host": hosts, "target_session_attrs": "read-write"})
        return new_engine(several.render_as_string(hide_password=False), pool_size=2)

    def ask(self, engine: Engine) -> Any:
        with engine.connect() as connection:
            return connection.execute(text("SELECT inet_server_port()")).scalar()

    def test_refusing_server_is_passed_over(self, scratch_database: str) -> None:
        engine = self.engine(scratch_database, 1)
        assert self.ask(engine) == make_url(scratch_database).port
        engine.dispose()

    def test_silent_server_is_passed_over_and_asked_last_from_then_on(
        self, scratch_database: str, silent_port: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked = []
        engine = self.engine(scratch_database, silent_port)
        connect = engine.dialect.connect
        monkeypatch.setattr(engine.dialect, "connect", lambda *a, **k: asked.append(k["port"]) or connect(*a, **k))
        port = make_url(scratch_database).port
        for _ in range(2):
            assert self.ask(engine) == port
            engine.dispose()
        assert asked == [f"{silent_port},{port}", f"{port},{silent_port}"]

    def test_lost_server_is_left_for_the_next(self, scratch_database: str, wires: Any) -> None:
        wire, through = wires(scratch_database)
        engine = self.engine(scratch_database, make_url(through).port or 0)
        self.ask(engine)
        wire.cut()
        until(lambda: self._answers(engine))
        engine.dispose()

    def _answers(self, engine: Engine) -> bool:
        try:
            return bool(self.ask(engine))
        except DBAPIError:
            return False

    def test_server_that_takes_no_writes_any_more_is_lost(self, scratch_database: str) -> None:
        engine = self.engine(scratch_database, 1)
        with engine.connect() as connection:
            connection.execute(text("SET transaction_read_only = on"))
            with pytest.raises(DBAPIError) as told:
                connection.execute(text("CREATE TABLE never (n int)"))
            assert told.value.connection_invalidated
        engine.dispose()

    def test_server_lets_go_of_a_client_that_is_cut_off(self, scratch_database: str) -> None:
        engine = new_engine(scratch_database, pool_size=1)
        with engine.connect() as connection:
            found = connection.execute(text("SELECT current_setting('tcp_keepalives_idle')::int")).scalar()
        assert found == 5
        engine.dispose()
