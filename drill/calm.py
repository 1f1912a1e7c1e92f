"""People who go on using Charla as if nothing happened, and write down whatever they are not given.

In place of the other writers of this package they try nothing twice: while programs are replaced, or secrets are, a
refusal or a connection that breaks is a failure. The one thing that they put up with is a socket that says `drain`.
"""

from __future__ import annotations

import base64
import http.client
import json
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, TypeVar
from urllib.parse import urlsplit

import websocket

T = TypeVar("T")

_TIMEOUT_S = 40.0
_PATIENCE_S = 90.0
_PAUSE_S = 0.1
_PIECES, _PIECE = 3, 65_536
#: Of so many renewals, which are a second apart, one is of a token that others use meanwhile.
_RARELY = 60
#: What the socket's server says before it ends.
_LEAVING = (4503, 1012, 1001)


class Refused(Exception):
    """An answer that is not what was asked for."""


class TooSlow(Refused):
    """Somebody was there, and did not answer in time."""


def patiently(work: Callable[[], T]) -> T:
    """Return what `work` returns, which may be done twice: again while the machine is too slow for it."""
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        try:
            return work()
        except TooSlow:
            if time.monotonic() > deadline:
                raise
            time.sleep(_PAUSE_S)


@dataclass
class Account:
    """Somebody with an account."""

    origin: str
    media: str
    id: str = ""
    token: str = ""
    _refresh: str = ""

    @classmethod
    def register(cls, origin: str, media: str) -> Account:
        """Make one with a name of its own."""
        made = cls(origin, media)

        def once() -> Any:
            name = f"calm_{secrets.token_hex(5)}"  # a name that took too long may be taken
            body = {"username": name, "password": secrets.token_urlsafe(16), "display_name": name}
            return made.ask("POST", "/v1/auth/register", body)

        made._take(patiently(once))
        return made

    def renew(self) -> None:
        """Take new tokens for the old ones."""
        self._take(self.ask("POST", "/v1/auth/refresh", {"refresh_token": self._refresh}))

    def _take(self, pair: Any) -> None:
        self.id = pair.get("user", {}).get("id", self.id)
        self.token, self._refresh = pair["access_token"], pair["refresh_token"]

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """Return the decoded answer to a JSON request.

        Raises:
            Refused: It is not 2xx.
            OSError: There was none.
        """
        data = json.dumps(body).encode() if body is not None else b""
        head = {"Content-Type": "application/json"} if body is not None else {}
        _, answer = self.send(self.origin, method, path, data, head)
        return json.loads(answer) if answer else None

    def send(
        self, origin: str, method: str, path: str, data: bytes, head: dict[str, str]
    ) -> tuple[http.client.HTTPMessage, bytes]:
        """Return head and body of the answer, over a connection of its own.

        Raises:
            Refused: It is not 2xx.
            OSError: There was none.
        """
        wire = http.client.HTTPConnection(urlsplit(origin).netloc, timeout=_TIMEOUT_S)
        try:
            signed = {"Authorization": f"Bearer {self.token}"} if self.token else {}
            wire.request(method, path, data, {**head, **signed})
            answer = wire.getresponse()
            content = answer.read()
        finally:
            wire.close()
        if not 200 <= answer.status < 300:  # noqa: PLR2004
            raise (TooSlow if b'"deadline_exceeded"' in content else Refused)(
                f"{method} {path}: {answer.status} {content[:200].decode(errors='replace')}"
            )
        return answer.msg, content

    def upload(self, content: bytes) -> None:
        """Send a file in pieces, by tus."""
        told = base64.b64encode(b"calm.txt").decode()
        tus = {"Tus-Resumable": "1.0.0"}
        described = {"Upload-Length": str(len(content)), "Upload-Metadata": f"filename {told}"}
        head, _ = self.send(self.media, "POST", "/uploads", b"", {**tus, **described})
        place = urlsplit(head["Location"]).path
        for start in range(0, len(content), _PIECE):
            moved = {"Upload-Offset": str(start), "Content-Type": "application/offset+octet-stream"}
            self.send(self.media, "PATCH", place, content[start : start + _PIECE], {**tus, **moved})


@dataclass
class Calm:
    """Two people and what they do, all at the same time, inside a `with` block.

    Args:
        origin: Where Charla is, such as http://127.0.0.1:8080.
        media: Where uploads are.
        uploads: Whether they upload, too: the edge of media asks a service, and waits for it for two seconds only.

    Attributes:
        done: How often each thing was done.
        failures: What was not given, with the moment.
        slow: What somebody who was there did not give in time.
    """

    origin: str
    media: str
    uploads: bool = True
    done: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    slow: list[str] = field(default_factory=list)
    written: set[str] = field(default_factory=set)
    heard: set[str] = field(default_factory=set)
    _lost_tokens: bool = False
    _ending: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> Calm:
        self._ana, self._ben = (Account.register(self.origin, self.media) for _ in range(2))
        body = {"kind": "group", "title": "Calm", "member_ids": [self._ben.id]}
        self._room = patiently(lambda: self._ana.ask("POST", "/v1/conversations", body))["id"]
        self._ver = 0
        self._socket = patiently(self._connect)
        todo = [self._write, self._read, self._renew, *([self._upload] if self.uploads else [])]
        self._threads = [threading.Thread(target=self._again_and_again, args=[each]) for each in todo]
        self._threads.append(threading.Thread(target=self._listen))
        for each in self._threads:
            each.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._ending.set()
        for each in self._threads:
            each.join(2 * _TIMEOUT_S)
        self._leave_socket()
        if kind is None:
            patiently(self._catch_up)

    @property
    def missing(self) -> set[str]:
        """What was written, and neither came by the socket nor by asking what was missed."""
        return self.written - self.heard

    def _again_and_again(self, what: Callable[[], None]) -> None:
        while not self._ending.wait(_PAUSE_S):
            self._attempt(what.__name__.strip("_"), what)

    def _attempt(self, name: str, what: Callable[[], None]) -> None:
        try:
            what()
        except TooSlow as failure:
            self.slow.append(f"{time.strftime('%H:%M:%S')} {name}: {failure}")
        except (OSError, Refused, http.client.HTTPException, websocket.WebSocketException, ValueError) as failure:
            self.failures.append(f"{time.strftime('%H:%M:%S')} {name}: {type(failure).__name__} {failure}")
        else:
            self.done[name] += 1

    def _write(self) -> None:
        text = secrets.token_hex(8)
        path = f"/v1/conversations/{self._room}/messages"
        self._ana.ask("POST", path, {"client_msg_id": text, "text": text})
        self.written.add(text)

    def _read(self) -> None:
        self._ana.ask("GET", "/v1/conversations")
        self._ana.ask("GET", f"/v1/conversations/{self._room}/messages?limit=10")
        self._ana.ask("GET", "/v1/users/me")

    def _renew(self) -> None:
        self._ending.wait(1.0)
        if self._lost_tokens:
            return
        # Ana's, too, before hers has expired.
        whose = [self._ben, *([self._ana] if self.done["renew"] % _RARELY == _RARELY - 1 else [])]
        try:
            for each in whose:
                each.renew()
        except TooSlow:
            # They may have been renewed, and whoever comes with old ones again and again is taken for a thief.
            self._lost_tokens = True
            raise

    def _upload(self) -> None:
        self._ending.wait(0.5)
        self._ana.upload(secrets.token_bytes(_PIECES * _PIECE // 2).hex().encode())

    def _connect(self) -> websocket.WebSocket:
        ticket = self._ben.ask("POST", "/v1/ws-ticket")["ticket"]
        opened = websocket.create_connection(f"ws{self.origin.removeprefix('http')}/v1/ws", timeout=10)
        try:
            opened.send(json.dumps({"t": "auth", "ticket": ticket, "device": "calm"}))
        except OSError:
            opened.shutdown()
            raise
        return opened

    def _leave_socket(self) -> None:
        self._socket.close()
        self._socket.shutdown()  # also where the server has closed already

    def _listen(self) -> None:
        self._socket.settimeout(0.5)
        while not self._ending.is_set():
            before = len(self.failures) + len(self.slow)
            self._attempt("hear", self._hear)
            if len(self.failures) + len(self.slow) > before:
                # Whatever it was, this socket may be done with.
                self._reconnect()

    def _reconnect(self) -> None:
        before = self.done["come back"]
        while self.done["come back"] == before and not self._ending.wait(_PAUSE_S):
            self._attempt("come back", self._come_back)

    def _hear(self) -> None:
        try:
            opcode, data = self._socket.recv_data()
        except websocket.WebSocketTimeoutException:
            return
        if opcode == websocket.ABNF.OPCODE_CLOSE:
            code = int.from_bytes(data[:2], "big")
            self._reconnect()
            if code not in _LEAVING:
                raise Refused(f"the socket was closed with {code}")
        elif (frame := json.loads(data))["t"] == "ping":
            self._socket.send(json.dumps({"t": "pong"}))
        elif frame["t"] == "event":
            self._take(frame)

    def _come_back(self) -> None:
        self._leave_socket()
        self._socket = self._connect()
        self._socket.settimeout(0.5)
        self._catch_up()

    def _catch_up(self) -> None:
        while True:
            path = f"/v1/conversations/{self._room}/changes?after_ver={self._ver}"
            found = self._ben.ask("GET", path)
            for each in found["items"]:
                self._take(each)
            if not found["more"]:
                return

    def _take(self, event: Any) -> None:
        self._ver = max(self._ver, event["ver"]) if event["ver"] == self._ver + 1 else self._ver
        if event["type"] == "message.created":
            self.heard.add(event["data"]["text"])
