"""Batches: a call that is never answered gives its place back, and each item has its own outcome."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import amqp
import pytest

from contracts.base import NotFound, Unavailable
from gateway_flask.batcher import Batcher
from gateway_flask.breaker import FAILURES, REST_S
from gateway_flask.instances import breaker
from plumbing.bus import connect
from plumbing.caller import RpcCaller, ServiceAway
from plumbing.context import DeadlineExceeded
from plumbing.topology import RPC_EXCHANGE
from stack.running import load
from tests.e2e.people import eventually


class Responder:
    """A service that stays silent to its first calls, and answers later ones with what it was sent."""

    def __init__(self, uri: str, silent_to: int) -> None:
        self.name = f"silent{uuid.uuid4().hex[:8]}"
        self.silent_to = silent_to
        self.connection = connect(uri, self.name)
        self.channel = self.connection.channel()
        self.channel.exchange_declare(RPC_EXCHANGE.name, "topic", durable=True, auto_delete=False)
        self.channel.queue_declare(self.name, exclusive=True)
        self.channel.queue_bind(self.name, RPC_EXCHANGE.name, f"{self.name}.*")
        self.channel.basic_consume(self.name, no_ack=True, callback=self.answer)
        self.stopped = False
        self.thread = Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self) -> None:
        while not self.stopped:
            try:
                self.connection.drain_events(timeout=0.1)
            except TimeoutError:
                continue

    def answer(self, message: amqp.Message) -> None:
        if self.silent_to > 0:
            self.silent_to -= 1
            return
        items = json.loads(message.body)["kwargs"]["items"]
        results: list[dict[str, Any]] = [
            {"error": NotFound().to_wire()} if item == "bad" else {"got": item} for item in items
        ]
        reply = amqp.Message(
            json.dumps({"result": results, "error": None}),
            correlation_id=message.properties["correlation_id"],
        )
        self.channel.basic_publish(reply, exchange="", routing_key=message.properties["reply_to"])

    def stop(self) -> None:
        self.stopped = True
        self.thread.join()
        self.connection.close()


@pytest.fixture
def uri() -> str:
    return load(Path(os.environ.get("CHARLA_RUN_DIR", ".run"))).env("ops")["TEST_AMQP_URI"]


@pytest.fixture
def caller(uri: str) -> Iterator[RpcCaller]:
    made = RpcCaller(uri, f"batcher-test-{uuid.uuid4().hex[:6]}")
    made.start()
    assert made.wait_connected(5)
    yield made
    made.stop()


def test_a_call_that_is_never_answered_gives_its_place_back(uri: str, caller: RpcCaller) -> None:
    service = Responder(uri, silent_to=2)
    batcher = Batcher(caller, service.name, "take", in_flight=1)
    try:
        for _ in range(2):
            with pytest.raises(DeadlineExceeded):
                batcher.submit({"n": 1}, 0.3)
        assert batcher.submit({"n": 2}, 5.0) == {"got": {"n": 2}}
    finally:
        service.stop()


def test_each_item_of_a_batch_has_its_own_outcome(uri: str, caller: RpcCaller) -> None:
    service = Responder(uri, silent_to=0)
    batcher = Batcher(caller, service.name, "take")
    try:
        assert batcher.submit("good", 5.0) == {"got": "good"}  # type: ignore[arg-type]
        with pytest.raises(NotFound):
            batcher.submit("bad", 5.0)  # type: ignore[arg-type]
    finally:
        service.stop()


def test_nobody_is_asked_while_the_breaker_is_open(uri: str, caller: RpcCaller) -> None:
    service = Responder(uri, silent_to=1_000_000)
    batcher = Batcher(caller, service.name, "take", in_flight=1)
    try:
        for _ in range(FAILURES):
            assert isinstance(_outcome(batcher, 0.05), DeadlineExceeded)
        # One a second looks whether somebody is there; between two of them nobody is asked.
        away = eventually(lambda: found if isinstance(found := _outcome(batcher, 0.05), ServiceAway) else None)
        assert away.facts == {"retry_after_s": REST_S}
        service.silent_to = 0
        assert eventually(lambda: _outcome(batcher, 5.0) == {"got": {"n": 1}}, 60)
        assert not breaker(service.name).is_open
    finally:
        service.stop()


def _outcome(batcher: Batcher, timeout_s: float) -> Any:
    """Return what comes of asking: a result, or what was raised."""
    try:
        return batcher.submit({"n": 1}, timeout_s)
    except Unavailable as failure:
        return failure
