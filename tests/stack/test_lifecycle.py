import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import cycle
from pathlib import Path

from stack.lifecycle import Stack
from stack.rundir import RunDir


@contextmanager
def door(*answers: int) -> Iterator[int]:
    """Gives the port of a server that answers with these statuses in turn, over and over."""
    statuses = cycle(answers)

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(next(statuses))
            self.end_headers()

        def log_message(self, *_words: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Door) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def is_ready(folder: Path, name: str, port: str, *answers: int) -> bool:
    stack = Stack(RunDir(folder))
    with door(*answers) as number:
        stack.ports = {port: number}
        return stack.is_ready(name)


def test_a_service_is_ready_when_it_says_so(tmp_path: Path) -> None:
    assert is_ready(tmp_path, "auth", "auth-health", 200)
    assert not is_ready(tmp_path, "auth", "auth-health", 503)


def test_the_gateway_is_ready_when_all_its_workers_are(tmp_path: Path) -> None:
    assert is_ready(tmp_path, "gateway", "gateway", 200)
    assert not is_ready(tmp_path, "gateway", "gateway", 200, 200, 503)
