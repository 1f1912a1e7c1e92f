"""The door for operators, over real HTTP."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

import eventlet
import pytest

from plumbing import readiness
from plumbing.health import Health
from plumbing.rpc import rpc
from tests.plumbing.waiting import until
from tests.plumbing.wire import Wire


@pytest.fixture
def port() -> int:
    listener = eventlet.listen(("127.0.0.1", 0), reuse_port=False)
    with listener:
        return int(listener.getsockname()[1])


@pytest.fixture
def service(name: str) -> type[Any]:
    class Service:
        health = Health()

        @rpc
        def echo(self, *, word: str) -> str:
            return word

    Service.name = name
    return Service


def get(port: int, path: str) -> tuple[int, str, bytes]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=60) as answer:  # noqa: S310
            return answer.status, answer.headers["Content-Type"], answer.read()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.headers["Content-Type"], refused.read()


def ready(port: int) -> tuple[int, Any]:
    status, _, body = get(port, "/readyz")
    return status, json.loads(body)


@pytest.fixture
def door(service: type[Any], run_service: Any, port: int, environment: Any) -> int:
    environment(HEALTH_PORT=str(port))
    run_service(service)
    return port


def test_process_is_alive(door: int) -> None:
    assert get(door, "/healthz") == (200, "application/json", b'{"status":"alive"}')


def test_process_that_consumes_is_ready(door: int, name: str) -> None:
    assert ready(door) == (200, {"ready": True, "checks": {f"consumer:{name}": "ok"}})


def test_broken_check_is_told(door: int, name: str) -> None:
    readiness.register("reason", lambda: "it rains")
    readiness.register("raises", lambda: 1 / 0)
    status, body = ready(door)
    assert status == 503
    assert body == {
        "ready": False,
        "checks": {f"consumer:{name}": "ok", "reason": "it rains", "raises": "ZeroDivisionError: division by zero"},
    }
    assert get(door, "/healthz")[0] == 200


def test_process_without_broker_is_alive_and_not_ready(
    service: type[Any], run_service: Any, port: int, environment: Any, wires: Any, broker: Any, name: str
) -> None:
    wire: Wire
    wire, uri = wires(broker.uri)
    environment(HEALTH_PORT=str(port))
    run_service(service, AMQP_URI=uri)
    assert ready(port)[0] == 200
    wire.cut()
    until(lambda: ready(port)[0] == 503)
    assert get(port, "/healthz")[0] == 200
    wire.mend()
    until(lambda: ready(port)[0] == 200)


def test_metrics_count_calls_by_outcome(door: int, name: str, call: Any) -> None:
    call("echo", word="a")
    status, content_type, body = get(door, "/metrics")
    assert status == 200
    assert content_type.startswith("text/plain")
    sample = f'charla_rpc_seconds_count{{method="echo",outcome="ok",service="{name}"}} 1.0'
    assert sample in body.decode()


def test_anything_else_is_not_found(door: int) -> None:
    assert get(door, "/")[0] == 404
    assert get(door, "/readyz/")[0] == 404


def test_port_is_free_again_after_a_stop(service: type[Any], run_service: Any, port: int, environment: Any) -> None:
    environment(HEALTH_PORT=str(port))
    for _ in range(2):
        container = run_service(service)
        assert get(port, "/healthz")[0] == 200
        container.stop()
