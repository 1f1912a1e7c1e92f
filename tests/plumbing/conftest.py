"""What these tests stand on: the stack's broker, PostgreSQL and Redis, never a stand-in."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import eventlet
import pytest
from nameko.containers import ServiceContainer
from redis import Redis
from sqlalchemy import Engine, MetaData, text
from sqlalchemy.engine import make_url

from contracts.base import Event
from plumbing import caller as calling
from plumbing import identity, observer, readiness, topology, wake
from plumbing.bus import Link
from plumbing.caller import RpcCaller
from plumbing.consumer import DrainingConsumer
from plumbing.database import Transactions, new_engine, transactions
from plumbing.deploy import queues_of
from plumbing.redis_client import new_redis
from plumbing.settings import settings
from plumbing.tables import inbox_table, outbox_table
from plumbing.topology import dead_name, event_exchange
from stack.running import RunningStack, load
from tests.plumbing.broker import Broker
from tests.plumbing.keys import KeysDir
from tests.plumbing.waiting import until
from tests.plumbing.wire import Wire

#: As many attempts as in production, but no test waits for minutes.
QUICK_RETRIES_MS = (20, 40, 60, 80, 100)


@pytest.fixture(scope="session")
def stack() -> RunningStack:
    return load()


@pytest.fixture(scope="session")
def ops(stack: RunningStack) -> dict[str, str]:
    return stack.env("ops")


@pytest.fixture(scope="session")
def scratch_database(ops: dict[str, str]) -> Iterator[str]:
    """A database with an outbox and an inbox, dropped at the end."""
    name = f"plumbing_test_{secrets.token_hex(4)}"
    engine = new_engine(ops["DATABASE_URL"], pool_size=1).execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    url = make_url(ops["DATABASE_URL"]).set(database=name).render_as_string(hide_password=False)
    metadata = MetaData()
    outbox_table(metadata)
    inbox_table(metadata)
    inside = new_engine(url, pool_size=1)
    metadata.create_all(inside)
    inside.dispose()
    yield url
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


@pytest.fixture
def name() -> str:
    """A service name that no other test has."""
    return f"t{secrets.token_hex(4)}"


@pytest.fixture
def keys(tmp_path: Path) -> KeysDir:
    made = KeysDir(tmp_path)
    made.add("auth", "charla-auth", "user-1")
    return made


@pytest.fixture(autouse=True)
def environment(
    monkeypatch: pytest.MonkeyPatch, ops: dict[str, str], scratch_database: str, keys: KeysDir, name: str
) -> Iterator[Callable[..., None]]:
    """The settings of a process of the service `name`; call it to change some."""

    def change(**values: str) -> None:
        for key, value in values.items():
            monkeypatch.setenv(key, value)
        settings.cache_clear()

    change(
        SERVICE_NAME=name,
        DATABASE_URL=scratch_database,
        AMQP_URI=ops["TEST_AMQP_URI"],
        REDIS_URL=ops["REDIS_URL"],
        KEYS_DIR=str(keys.path),
        AUTH_ISSUER="charla-auth",
        TOKEN_AUDIENCE="charla",
        HEALTH_PORT="0",
        DRAIN_S="5",
    )
    yield change
    settings.cache_clear()
    readiness._checks.clear()
    identity._verifiers.clear()
    identity._signers.clear()
    wake._waker.cache_clear()


@pytest.fixture
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> tuple[int, ...]:
    for module in (topology, observer):
        monkeypatch.setattr(module, "RETRY_DELAYS_MS", QUICK_RETRIES_MS)
    return QUICK_RETRIES_MS


class Leftovers:
    """What a test has made on the broker."""

    def __init__(self) -> None:
        self.queues: set[str] = set()
        self.exchanges: set[str] = set()

    def of(self, service_class: type[Any]) -> None:
        self.queues |= {queue.name for queue in queues_of(service_class)}

    def of_event(self, event_class: type[Event]) -> None:
        self.exchanges.add(event_exchange(event_class.source).name)


@pytest.fixture
def leftovers(broker: Broker) -> Iterator[Leftovers]:
    made = Leftovers()
    yield made
    broker.delete(made.queues, made.exchanges)


@pytest.fixture
def broker(ops: dict[str, str]) -> Broker:
    return Broker(ops["TEST_AMQP_URI"])


@pytest.fixture
def make_container(leftovers: Leftovers, container_factory: Any) -> Iterator[Callable[..., ServiceContainer]]:
    made: list[ServiceContainer] = []

    def make(service_class: type[Any], **config: Any) -> ServiceContainer:
        leftovers.of(service_class)
        defaults = {
            "AMQP_URI": settings().amqp_uri,
            "SERVICE_CONTAINER_CLS": "plumbing.container.CharlaContainer",
            "serializer": "json",
            "max_workers": 10,
        }
        made.append(container_factory(service_class, defaults | config))
        return made[-1]

    yield make
    for each in [eventlet.spawn(container.kill) for container in made]:
        each.wait()


def consumer_of(container: ServiceContainer) -> DrainingConsumer:
    return container.shared_extensions[DrainingConsumer]


@pytest.fixture
def run_service(make_container: Callable[..., ServiceContainer]) -> Callable[..., ServiceContainer]:
    """Start a container of a service class and wait until it consumes."""

    def run(service_class: type[Any], **config: Any) -> ServiceContainer:
        container = make_container(service_class, **config)
        container.start()
        until(lambda: consumer_of(container)._check() is None)
        return container

    return run


@pytest.fixture
def links() -> Iterator[list[Link]]:
    """Links put in here are stopped at the end."""
    opened: list[Link] = []
    yield opened
    for each in [eventlet.spawn(link.stop) for link in opened]:
        each.wait()


@pytest.fixture
def make_caller(links: list[Link], ops: dict[str, str]) -> Callable[..., RpcCaller]:
    def make(uri: str = ops["TEST_AMQP_URI"]) -> RpcCaller:
        made = RpcCaller(uri, f"caller-{secrets.token_hex(4)}")
        links.append(made)
        made.start()
        return made

    return make


@pytest.fixture(scope="session")
def shared_caller(ops: dict[str, str]) -> Iterator[RpcCaller]:
    made = RpcCaller(ops["TEST_AMQP_URI"], "shared-caller")
    made.start()
    yield made
    made.stop()


@pytest.fixture
def rpc_caller(shared_caller: RpcCaller) -> RpcCaller:
    """A caller whose connection is never cut."""
    assert shared_caller.wait_connected(10)
    return shared_caller


@pytest.fixture
def call(rpc_caller: RpcCaller, name: str) -> Callable[..., Any]:
    """Call a method of the service `name`."""

    def make(method: str, *, seconds: float = 5.0, token: str | None = None, **kwargs: Any) -> Any:
        return rpc_caller.call(name, method, kwargs, deadline_in(seconds, token))

    return make


def deadline_in(seconds: float, token: str | None = None) -> Any:
    import time

    return calling.CallContext(token=token, deadline=time.time() + seconds)


@pytest.fixture
def database(scratch_database: str) -> Iterator[Transactions]:
    made = transactions(scratch_database)
    yield made
    with made.transaction() as session:
        session.execute(text("TRUNCATE outbox, inbox"))
    made._factory.kw["bind"].dispose()


@pytest.fixture
def engine(database: Transactions) -> Engine:
    """The engine behind `database`."""
    return database._factory.kw["bind"]


@pytest.fixture
def redis(ops: dict[str, str]) -> Iterator[Redis]:
    made = new_redis(ops["REDIS_URL"])
    yield made
    made.close()


@pytest.fixture
def wires() -> Iterator[Callable[[str], tuple[Wire, str]]]:
    """Give a wire to what is behind a URL, and that URL through the wire."""
    laid: list[Wire] = []

    def lay(url: str) -> tuple[Wire, str]:
        port = urlsplit(url).port
        assert port
        wire = Wire(port)
        laid.append(wire)
        return wire, url.replace(f":{port}/", f":{wire.port}/")

    yield lay
    for wire in laid:
        wire.cut()


@pytest.fixture
def dead(broker: Broker) -> Callable[[str], Any]:
    """Wait for what was parked beside a queue, and return its first message."""
    return lambda queue: broker.take(dead_name(queue))
