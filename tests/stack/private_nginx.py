"""An Nginx of a test's own, by the real template, in front of a door that the test opens."""

from __future__ import annotations

import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from stack import nginx, tls
from stack.rundir import RunDir
from stack.supervisor import wait_for


@dataclass
class Backend:
    """What answers behind Nginx, for gateway and media alike.

    Attributes:
        seen: The headers of each request, in the order of their arrival.
        open: Lets those go on that wait at `/v1/poll` and `/uploads`.
        status: What everybody else is answered.
        content_type: What that says it is.
        received: How many bytes each request brought.
    """

    port: int = 0
    seen: list[dict[str, str]] = field(default_factory=list)
    open: threading.Event = field(default_factory=threading.Event)
    status: int = 200
    content_type: str = ""
    waiting: int = 0
    received: list[int] = field(default_factory=list)


@contextmanager
def backend() -> Iterator[Backend]:
    """A door that answers until the block ends."""
    found = Backend()

    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # An answer goes out in one piece.
        wbufsize = 65_536

        def do_GET(self) -> None:
            found.seen.append({name.lower(): each for name, each in self.headers.items()})
            found.received.append(len(self.rfile.read(int(self.headers.get("Content-Length", 0)))))
            if self.path == "/v1/ws":
                self._speak_on()
                return
            if self.path.startswith(("/v1/poll", "/uploads")):
                found.waiting += 1
                found.open.wait(60)
            self.send_response(found.status)
            self.send_header("Content-Length", "2")
            if found.content_type:
                self.send_header("Content-Type", found.content_type)
            self.end_headers()
            self.wfile.write(b"{}")

        def _speak_on(self) -> None:
            """Change to another protocol, which says everything back."""
            self.send_response(101)
            self.send_header("Upgrade", "websocket")
            self.send_header("Connection", "Upgrade")
            self.end_headers()
            self.wfile.flush()
            while some := self.rfile.readline():
                self.wfile.write(some)
                self.wfile.flush()
            self.close_connection = True

        do_POST = do_PATCH = do_GET  # noqa: N815 - the library names them so

        def log_message(self, *_words: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        server.daemon_threads = True
        found.port = server.server_port
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield found
        found.open.set()
        server.shutdown()


def free_ports(count: int) -> list[int]:
    """Returns ports that nobody listens on."""
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports


@contextmanager
def private_nginx(folder: Path, behind: Backend) -> Iterator[dict[str, int]]:
    """Runs one, with the settings of the environment; gives its ports, `http` and `media-http`."""
    http, media = free_ports(2)
    ports = {"http": http, "media-http": media, "gateway": behind.port, "media-edge": behind.port}
    run = RunDir(folder)
    tls.decide(run)
    nginx.prepare(run, ports)
    with (folder / "words").open("w") as words:
        process = subprocess.Popen(nginx.command(run), stdout=words, stderr=words)  # noqa: S603
    try:
        assert wait_for(lambda: nginx.answers(run, ports) or process.poll() is not None, 30)
        assert process.poll() is None, (folder / "words").read_text()
        yield ports
    finally:
        process.terminate()
        process.wait(30)
