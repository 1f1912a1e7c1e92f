"""Instances that a test makes for itself, beside the registry of the running stack."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from plumbing.registry import Registry
from stack.running import RunningStack, load

ROOT = Path(__file__).parent.parent.parent
# An instance of something: what its health says is in a file.
PROGRAM = """
import http.server, pathlib, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        status, _, body = pathlib.Path(sys.argv[2]).read_text().partition(" ")
        self.send_response(int(status)); self.end_headers(); self.wfile.write(body.encode())
    def log_message(self, *_): pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
READY = '200 {"ready": true, "checks": {}}'
UNREADY = '503 {"ready": false, "checks": {"database:x": "gone"}}'
DRAINING = '503 {"ready": false, "checks": {"draining": "this process ends"}}'


@pytest.fixture(scope="session")
def stack() -> RunningStack:
    return load(os.environ.get("CHARLA_RUN_DIR"))


@pytest.fixture(scope="session")
def registry_url(stack: RunningStack) -> str:
    return stack.env("gateway")["EUREKA_URLS"]


@pytest.fixture(scope="session")
def registry(stack: RunningStack, registry_url: str) -> Registry:
    """The registry, which answers."""
    stack.wait_until_ready("discovery", seconds=90)
    return Registry(tuple(registry_url.split(",")))


@dataclass
class Pair:
    """An instance and its sidecar."""

    app: str
    port: int
    health: Path
    instance: subprocess.Popen[bytes]
    sidecar: subprocess.Popen[bytes]

    def says(self, words: str) -> None:
        """Let its health answer so from now on."""
        fresh = self.health.with_suffix(".new")
        fresh.write_text(words)
        fresh.replace(self.health)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(command: list[str], **around: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process that is gone at the end, whatever happens."""
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT), **around})
    try:
        yield process
    finally:
        for number in (signal.SIGCONT, signal.SIGKILL):
            if process.poll() is None:
                process.send_signal(number)
        process.wait(10)


def instance(health: Path, port: int) -> list[str]:
    """Return the command of an instance."""
    return [sys.executable, "-c", PROGRAM, str(port), str(health)]


@pytest.fixture
def pair(tmp_path: Path, registry_url: str, request: pytest.FixtureRequest) -> Iterator[Callable[..., Pair]]:
    """A maker of pairs: `pair("DRAINING")`."""
    with ExitStack() as alive:

        def make(says: str = READY, number: int = 1, url: str = registry_url) -> Pair:
            app = f"test-{abs(hash(request.node.nodeid)) % 10**8}"
            health, port = tmp_path / f"health-{number}", free_port()
            health.write_text(says)
            around = {
                "EUREKA_URLS": url,
                "SIDECAR_APP": app,
                "SIDECAR_NUMBER": str(number),
                "SIDECAR_PORT": str(port),
                "SIDECAR_HEALTH_URL": f"http://127.0.0.1:{port}/readyz",
                "SIDECAR_VERSION": "v1",
            }
            it = alive.enter_context(running(instance(health, port)))
            beside = alive.enter_context(running([sys.executable, "-m", "discovery.sidecar"], **around))
            return Pair(app, port, health, it, beside)

        yield make


def wait_for(fact: Callable[[], object], seconds: float = 40) -> bool:
    """Wait until the fact is true; return whether it became so."""
    deadline = time.monotonic() + seconds
    while not fact():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return True


def statuses(registry: Registry, app: str) -> list[str]:
    """Return how the instances of an app stand, as far as the registry has answered."""
    registry.refresh()
    return sorted(each.status for each in registry.known.get(app, []))
