"""The sandbox as a real process, whom it sends messages to, and what a browser does on its pages."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import requests

ROOT = Path(__file__).parent.parent.parent
KEY = "sk_test_of_tests"
WEBHOOK_SECRET = "whsec_of_tests"
BACK = "http://127.0.0.1:9/back"  # nobody is there, and nobody follows
_START_S = 30.0


def wait_for(what: Callable[[], Any], seconds: float = 15.0) -> Any:
    """Return the first true answer of `what`."""
    end = time.monotonic() + seconds
    while True:
        found = what()
        if found:
            return found
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def free_port() -> int:
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        return int(opened.getsockname()[1])


@dataclass(frozen=True)
class Message:
    body: bytes
    signature: str


@dataclass
class Receiver:
    """Takes the sandbox's messages, or refuses the next `refusing` ones."""

    refusing: int = 0
    messages: list[Message] = field(default_factory=list)

    def __post_init__(self) -> None:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                refused = receiver.refusing > 0
                if refused:
                    receiver.refusing -= 1
                else:
                    receiver.messages.append(Message(body, self.headers["Stripe-Signature"]))
                self.send_response(503 if refused else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hook"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class Sandbox:
    """One sandbox, on a folder and ports of its own."""

    def __init__(self, folder: Path, webhook_url: str = "") -> None:
        self.port, self.health_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "SANDBOX_DIR": str(folder),
            "SANDBOX_KEY": KEY,
            "SANDBOX_WEBHOOK_SECRET": WEBHOOK_SECRET,
            "SANDBOX_WEBHOOK_URL": webhook_url,
            "SANDBOX_PUBLIC_URL": self.url,
            "SANDBOX_BIND": f"127.0.0.1:{self.port}",
            "HEALTH_PORT": str(self.health_port),
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        configuration = "svc_payments/sandbox/gunicorn.conf.py"
        command = [sys.executable, "-W", "ignore", "-m", "gunicorn", "-c", configuration]
        self._process = subprocess.Popen(
            [*command, "svc_payments.sandbox.app:create_app()"], cwd=ROOT, env=self._environment, start_new_session=True
        )
        wait_for(self._is_ready, _START_S)

    def _is_ready(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, "the sandbox has ended by itself"
        try:
            return requests.get(f"http://127.0.0.1:{self.health_port}/readyz", timeout=2).status_code == 200
        except requests.ConnectionError:
            return False

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it, with all that it has started."""
        if self._process is None:
            return
        if how == signal.SIGKILL:
            os.killpg(self._process.pid, how)
        else:
            self._process.send_signal(how)
        self._process.wait(15)
        self._process = None

    def call(self, method: str, path: str, fields: Any = None, **headers: str) -> requests.Response:
        """Make a call of the API by hand."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {"params": fields} if method == "GET" else {"data": fields}
        return requests.request(
            method, self.url + path, headers={"Authorization": f"Bearer {KEY}", **named}, timeout=60, **sent
        )

    def control(self, path: str, /, **body: Any) -> Any:
        """Use one of the controls."""
        headers = {"Authorization": f"Bearer {KEY}"}
        answer = requests.post(f"{self.url}/sandbox/{path}", json=body, headers=headers, timeout=60)
        assert answer.status_code == 200, answer.text
        return answer.json()


def send(url: str, **form: str) -> requests.Response:
    """Send a page's form, and do not follow where it leads."""
    return requests.post(url, data=form, allow_redirects=False, timeout=60)


def pay(url: str, card: str = "4242424242424242") -> str:
    """Pay on a page, with the bank's question answered; return where the browser goes at last."""
    answer = send(url, shortcut=card)
    assert answer.status_code == 303, answer.text
    if "/3ds/" in answer.headers["Location"]:
        answer = send(answer.headers["Location"], answer="complete")
        assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])
