"""Reading the registry: servers in turn, garbage, and what is kept for the next start."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from plumbing.registry import Registry


def app(name: str, *statuses: str) -> dict[str, Any]:
    told = [
        {
            "instanceId": f"here:{name}:{number}",
            "app": name.upper(),
            "ipAddr": "127.0.0.1",
            "port": {"$": 9000 + number, "@enabled": "true"},
            "status": status,
            "metadata": {"version": "abc"},
            "unknownToUs": {"deep": [1]},
        }
        for number, status in enumerate(statuses, 1)
    ]
    return {"name": name.upper(), "instance": told}


def answer(*apps: dict[str, Any]) -> bytes:
    return json.dumps({"applications": {"versions__delta": "1", "application": list(apps)}}).encode()


class Server(ThreadingHTTPServer):
    """Says `body` to whoever knows the password."""

    daemon_threads = True
    body = answer()
    status = 200
    asked: int = 0

    @property
    def url(self) -> str:
        return f"http://me:secret@127.0.0.1:{self.server_port}/eureka/"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.asked += 1
        known = "Basic " + base64.b64encode(b"me:secret").decode()
        allowed = self.headers["Authorization"] == known and self.path == "/eureka/apps"
        self.send_response(self.server.status if allowed else 401)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *_: Any) -> None:
        """Stay silent."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(("127.0.0.1", 0), Handler) as found:
        threading.Thread(target=found.serve_forever, daemon=True).start()
        yield found
        found.shutdown()


AWAY = "http://me:secret@127.0.0.1:1/eureka/"


def test_instances_are_known_by_app_and_those_that_are_up_in_order(server):
    server.body = answer(app("gateway", "UP", "DOWN", "UP"), app("auth", "OUT_OF_SERVICE"))
    registry = Registry((server.url,))
    assert registry.refresh()
    assert [each.address for each in registry.up("gateway")] == ["127.0.0.1:9001", "127.0.0.1:9003"]
    assert registry.up("auth") == []
    assert registry.up("nobody") == []
    assert len(registry.known["gateway"]) == 3


def test_the_next_server_is_asked_where_one_is_away(server):
    server.body = answer(app("gateway", "UP"))
    assert Registry((AWAY, server.url)).refresh()


@pytest.mark.parametrize("garbage", [b"", b"{", b"[]", b'{"applications": {"application": [{"name": 1}]}}', b"\xff"])
def test_garbage_leaves_what_was_known(server, garbage):
    server.body = answer(app("gateway", "UP"))
    registry = Registry((server.url,))
    registry.refresh()
    server.body = garbage
    assert not registry.refresh()
    assert len(registry.up("gateway")) == 1


def test_a_refusal_leaves_what_was_known(server):
    server.body = answer(app("gateway", "UP"))
    registry = Registry((server.url,))
    registry.refresh()
    server.status = 500
    assert not registry.refresh()
    assert len(registry.up("gateway")) == 1


def test_what_was_known_outlives_the_process(server, tmp_path: Path):
    server.body = answer(app("gateway", "UP"))
    Registry((server.url,), tmp_path / "kept").refresh()
    again = Registry((AWAY,), tmp_path / "kept")
    assert not again.refresh()
    assert [each.address for each in again.up("gateway")] == ["127.0.0.1:9001"]
    assert again.age_s is None


def test_what_was_kept_badly_is_no_reason_not_to_start(tmp_path: Path):
    (tmp_path / "kept").write_text("{")
    assert Registry((AWAY,), tmp_path / "kept").known == {}
