"""People from outside, through Nginx: what they ask, and what their sockets show."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import requests
import websocket

#: How long a busy machine may take for anything, in seconds. What is promised of time, such as that a right which ended
#: has ended everywhere within 5 s, is measured by `./charla drill`.
PATIENCE_S = 60.0


def sign_up(url: str, name: str, **facts: str) -> dict[str, Any]:
    """Make an account with a name like this one, and return what register answered.

    Who is told that it took too long tries again, by another name: there may be an account by now.
    """

    def attempt() -> Any:
        body = {
            "username": f"{name}_{secrets.token_hex(4)}",
            "display_name": name,
            "password": secrets.token_urlsafe(16),
        }
        answer = requests.post(f"{url}/v1/auth/register", json=body | facts, timeout=PATIENCE_S)
        assert answer.status_code in (201, 503), answer.text
        return answer.json() if answer.status_code == 201 else None

    found: dict[str, Any] = eventually(attempt)
    return found


@dataclass
class Person:
    """Somebody with an account, and what they do."""

    url: str
    id: str
    token: str

    @classmethod
    def register(cls, url: str, name: str) -> Person:
        """Make an account with a name like this one."""
        pair = sign_up(url, name)
        return cls(url, pair["user"]["id"], pair["access_token"])

    def ask(self, method: str, path: str, body: Any = None, **options: Any) -> requests.Response:
        """Call the API as this person."""
        headers = {"Authorization": f"Bearer {self.token}"}
        return requests.request(
            method, f"{self.url}/v1{path}", json=body, headers=headers, timeout=PATIENCE_S, **options
        )

    def get(self, path: str, **query: Any) -> Any:
        """Return what a GET answers."""
        answer = self.ask("GET", path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def write(self, room: str, text: str, client_msg_id: str = "", **more: Any) -> requests.Response:
        """Send a message."""
        body = {"client_msg_id": client_msg_id or secrets.token_hex(8), "text": text, **more}
        return self.ask("POST", f"/conversations/{room}/messages", body)

    def socket(self) -> Socket:
        """Open a WebSocket."""
        ticket = self.ask("POST", "/ws-ticket").json()["ticket"]
        opened = Socket(self.url.replace("http", "ws", 1) + "/v1/ws")
        opened.say(t="auth", ticket=ticket, device="test")
        assert opened.next("ready")["user"] == self.id
        return opened


class Socket:
    """A client's end of a WebSocket."""

    def __init__(self, address: str) -> None:
        self._socket = websocket.create_connection(address, timeout=PATIENCE_S)

    def say(self, **frame: Any) -> None:
        """Send a frame."""
        self._socket.send(json.dumps(frame))

    def next(self, kind: str, seconds: float = PATIENCE_S) -> Any:
        """Return the next frame whose `t` or `type` is `kind`, forgetting those before it."""
        deadline = time.monotonic() + seconds
        while True:
            self._socket.settimeout(max(0.01, deadline - time.monotonic()))
            frame = json.loads(self._socket.recv())
            if kind in (frame["t"], frame.get("type")):
                return frame

    def follow(self, kind: str, seconds: float) -> Iterator[Any]:
        """Give each frame whose `t` or `type` is `kind`, for as long as one comes within `seconds`."""
        while True:
            yield self.next(kind, seconds)

    def hear_all(self) -> Iterator[Any]:
        """Give each frame until either end closes, answering what asks whether anybody is there."""
        self._socket.settimeout(120)
        while said := self._socket.recv():
            frame = json.loads(said)
            if frame["t"] == "ping":
                self.say(t="pong")
            yield frame

    def close_code(self, seconds: float) -> int:
        """Wait for the server's close frame and return its code."""
        deadline = time.monotonic() + seconds
        while True:
            self._socket.settimeout(max(0.01, deadline - time.monotonic()))
            opcode, data = self._socket.recv_data()
            if opcode == websocket.ABNF.OPCODE_CLOSE:
                return int.from_bytes(data[:2], "big")

    def close(self) -> None:
        """Leave; also where the server has closed already."""
        self._socket.close()
        self._socket.shutdown()


def eventually(look: Callable[[], Any], seconds: float = PATIENCE_S) -> Any:
    """Return what `look` returns once that is true; fail when it does not become so."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.05)
    return found
