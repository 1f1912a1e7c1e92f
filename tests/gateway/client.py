"""A small client of the wire API, for tests."""

from __future__ import annotations

import json
import os
import socket
import time
import uuid
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests
import websocket

PASSWORD = "correct horse battery 9 staple"  # noqa: S105 - of made-up people
_http = requests.Session()


def base_url() -> str:
    """Return where the stack answers."""
    return os.environ.get("CHARLA_URL", "http://127.0.0.1:8080").rstrip("/")


@dataclass
class Reply:
    """An HTTP answer."""

    status: int
    headers: requests.structures.CaseInsensitiveDict[str]
    raw: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.raw)

    @property
    def code(self) -> str:
        """The stable code of a problem document."""
        assert self.headers["Content-Type"] == "application/problem+json", self.raw
        return str(self.json["code"])


def ask(
    method: str, path: str, body: Any = None, *, token: str | None = None, raw: bytes | None = None,
    headers: dict[str, str] | None = None, timeout: float = 40,
) -> Reply:  # fmt: skip
    """Send one request; `raw` goes out as it is."""
    sent = dict(headers or {})
    if token is not None:
        sent["Authorization"] = f"Bearer {token}"
    if body is not None:
        raw = json.dumps(body).encode()
    if raw is not None:
        sent.setdefault("Content-Type", "application/json")
    answer = _http.request(method, base_url() + path, data=raw, headers=sent, timeout=timeout, allow_redirects=False)
    return Reply(answer.status_code, answer.headers, answer.content)


@dataclass
class Person:
    """Somebody with an account."""

    id: str
    username: str
    token: str
    refresh_token: str
    session_ids: list[str] = field(default_factory=list)

    @classmethod
    def register(cls, username: str) -> Person:
        body = {"username": username, "password": PASSWORD, "display_name": username.title(), "device": "test"}
        return cls._of(ask("POST", "/v1/auth/register", body), 201)

    @classmethod
    def login(cls, username: str) -> Person:
        return cls._of(ask("POST", "/v1/auth/login", {"username": username, "password": PASSWORD}), 200)

    @classmethod
    def _of(cls, reply: Reply, status: int) -> Person:
        assert reply.status == status, reply.raw
        pair = reply.json
        user = pair["user"]
        return cls(user["id"], user["username"], pair["access_token"], pair["refresh_token"])

    def ask(self, method: str, path: str, body: Any = None, **more: Any) -> Reply:
        return ask(method, path, body, token=self.token, **more)

    def make_group(self, others: list[Person], title: str = "Group") -> str:
        body = {"kind": "group", "title": title, "member_ids": [other.id for other in others]}
        reply = self.ask("POST", "/v1/conversations", body)
        assert reply.status == 201, reply.raw
        return str(reply.json["id"])

    def send(self, conversation_id: str, text: str, **more: Any) -> Reply:
        body = {"client_msg_id": str(uuid.uuid4()), "text": text, **more}
        return self.ask("POST", f"/v1/conversations/{conversation_id}/messages", body)

    def ticket(self) -> str:
        reply = self.ask("POST", "/v1/ws-ticket")
        assert reply.status == 200, reply.raw
        return str(reply.json["ticket"])


class WebSocket:
    """A WebSocket of a test."""

    def __init__(self) -> None:
        parts = urlsplit(base_url())
        self._socket = websocket.create_connection(f"ws://{parts.netloc}/v1/ws", timeout=15)
        self._raw = self._socket.sock
        self.close_code: int | None = None

    @classmethod
    def signed_in(cls, person: Person, device: str = "") -> WebSocket:
        found = cls()
        found.say({"t": "auth", "ticket": person.ticket(), "device": device})
        frame = found.next()
        assert frame is not None and frame["t"] == "ready", frame
        return found

    def say(self, frame: Any) -> None:
        self.say_raw(json.dumps(frame))

    def say_raw(self, text: str | bytes, opcode: int = websocket.ABNF.OPCODE_TEXT) -> None:
        self._socket.send(text, opcode)

    def next(self, timeout_s: float = 60) -> dict[str, Any] | None:
        """Return the next frame, or None once the server has closed (see `close_code`)."""
        self._socket.settimeout(timeout_s)
        while True:
            try:
                opcode, data = self._socket.recv_data()
            except (websocket.WebSocketConnectionClosedException, ConnectionResetError):
                return None
            if opcode == websocket.ABNF.OPCODE_CLOSE:
                self.close_code = int.from_bytes(data[:2], "big")
                return None
            if opcode == websocket.ABNF.OPCODE_TEXT:
                frame: dict[str, Any] = json.loads(data)
                return frame

    def until(self, wanted: dict[str, Any], timeout_s: float = 60) -> dict[str, Any]:
        """Return the next frame that has all of `wanted`."""
        end = time.monotonic() + timeout_s
        while (left := end - time.monotonic()) > 0:
            frame = self.next(left)
            assert frame is not None, f"closed with {self.close_code} instead of {wanted}"
            if wanted.items() <= frame.items():
                return frame
        raise AssertionError(f"no frame {wanted} within {timeout_s} s")

    def until_closed(self, timeout_s: float = 60) -> int | None:
        """Return the close code."""
        end = time.monotonic() + timeout_s
        while self.next(max(0.1, end - time.monotonic())) is not None:
            assert time.monotonic() < end, "still open"
        self.close()
        return self.close_code

    def read_little(self) -> None:
        """Take almost nothing from now on, as a client does whose network is slow."""
        self._raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)

    def close(self) -> None:
        self._socket.close()
        self._raw.close()
