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

#: A right that ended reaches open sockets, and everything else, within this time, in seconds.
REVOKED_WITHIN_S = 5.0


@dataclass
class Person:
    """Somebody with an account, and what they do."""

    url: str
    id: str
    token: str

    @classmethod
    def register(cls, url: str, name: str) -> Person:
        """Make an account with a name like this one."""
        username, password = f"{name}_{secrets.token_hex(4)}", secrets.token_urlsafe(16)
        body = {"username": username, "password": password, "display_name": name}
        answer = requests.post(f"{url}/v1/auth/register", json=body, timeout=10)
        assert answer.status_code == 201, answer.text
        pair = answer.json()
        return cls(url, pair["user"]["id"], pair["access_token"])

    def ask(self, method: str, path: str, body: Any = None, **options: Any) -> requests.Response:
        """Call the API as this person."""
        headers = {"Authorization": f"Bearer {self.token}"}
        return requests.request(method, f"{self.url}/v1{path}", json=body, headers=headers, timeout=40, **options)

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
        self._socket = websocket.create_connection(address, timeout=10)

    def say(self, **frame: Any) -> None:
        """Send a frame."""
        self._socket.send(json.dumps(frame))

    def next(self, kind: str, seconds: float = 10.0) -> Any:
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


def eventually(look: Callable[[], Any], seconds: float = 20.0) -> Any:
    """Return what `look` returns once that is true; fail when it does not become so."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.05)
    return found
