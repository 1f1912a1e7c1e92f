"""The broker is killed for real, once, under everything that speaks with it."""

from __future__ import annotations

from threading import Event as Flag
from typing import Any

import eventlet
import pytest

from plumbing.bus import Link
from plumbing.caller import RpcCaller
from plumbing.database import Transactions, new_engine
from plumbing.observer import observes
from plumbing.outbox import Relay, record_event
from plumbing.publisher import ConfirmedPublisher
from plumbing.rpc import rpc
from stack.running import RunningStack
from tests.plumbing.broker import Broker
from tests.plumbing.conftest import Leftovers, deadline_in
from tests.plumbing.things import ThingHappened
from tests.plumbing.waiting import until

pytestmark = [pytest.mark.faults, pytest.mark.slow]


@pytest.fixture(autouse=True)
def own_stack(stack: RunningStack) -> None:
    if stack._stack.run.path.name == ".run":
        pytest.skip("kills the broker: start a stack for it, as `./charla test` does")


def test_everybody_goes_on_and_nothing_committed_is_lost(
    stack: RunningStack,
    name: str,
    run_service: Any,
    make_caller: Any,
    database: Transactions,
    scratch_database: str,
    broker: Broker,
    leftovers: Leftovers,
    links: list[Link],
) -> None:
    leftovers.of_event(ThingHappened)
    heard: list[int] = []

    class Service:
        name = "placeholder"

        @rpc
        def echo(self, *, word: str) -> str:
            return word

        @observes(ThingHappened)
        def on_thing_happened(self, event: ThingHappened) -> None:
            heard.append(event.version)

    Service.name = name
    container = run_service(Service)
    caller: RpcCaller = make_caller()
    publisher = ConfirmedPublisher(broker.uri, f"relay-{name}")
    links.append(publisher)
    relay, stopped = Relay(name, new_engine(scratch_database, pool_size=3), publisher), Flag()
    relaying = eventlet.spawn(relay.run, stopped)
    written = 0

    def answers() -> bool:
        try:
            return caller.call(name, "echo", {"word": "yes"}, deadline_in(1)) == "yes"
        except Exception:  # noqa: BLE001
            return False

    def keep_writing() -> None:
        nonlocal written
        while not stopped.is_set():
            with database.transaction() as session:
                record_event(session, ThingHappened(thing_id="x", version=written))
            written += 1
            eventlet.sleep(0.02)

    until(answers)
    writing = eventlet.spawn(keep_writing)
    try:
        # RabbitMQ 3.10 writes down about twice a second which quorum queues it has: one that is
        # younger than that when it is killed never gets a leader again.
        until(lambda: len(heard) > 150, 20)
        pid = stack.kill("rabbitmq")
        until(lambda: not caller.connected)
        assert stack.wait_for(lambda: stack.pid("rabbitmq") not in (0, pid) and stack.is_ready("rabbitmq"), 60)
        until(answers, 30)
        last = written
        until(lambda: last in heard, 30)
    finally:
        stopped.set()
        writing.wait()
        relaying.wait()
    until(lambda: set(heard) >= set(range(last)), 30)
    assert container.started
