"""Nginx reads other lists again and again under load: nobody is refused, no socket is lost, no upload breaks."""

from __future__ import annotations

import json
import secrets
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest
import requests

from stack import nginx
from stack.rundir import RunDir
from stack.running import RunningStack
from tests.e2e.people import Person, Socket, eventually
from tests.e2e.uploading import Upload

pytestmark = pytest.mark.faults

RELOADS = 10
PIECE = 256 * 1024
#: How many answers everybody who asks has had before the next reload.
ANSWERS = 5


@dataclass
class Asking:
    """Somebody who writes all the time.

    Attributes:
        keeps: Whether they keep their connection, or open another one each time.
        failed: What went wrong.
        renewed: How often a kept connection was closed before a request reached anybody.
    """

    person: Person
    room: str
    keeps: bool
    answered: int = 0
    renewed: int = 0
    failed: list[str] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    ending: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        with requests.Session() as kept:
            while not self.ending.is_set():
                text = secrets.token_hex(8)
                try:
                    self._write(kept if self.keeps else requests, text)  # type: ignore[arg-type]
                except requests.RequestException as failure:
                    self.failed.append(repr(failure))

    def _write(self, session: requests.Session, text: str) -> None:
        try:
            answer = self._ask(session, text)
        except requests.ConnectionError:
            if not self.keeps:
                raise
            # Whoever keeps a connection may find it closed, and asks on another one, as every browser does
            # (RFC 9112, 9.3.1). The message's own id makes it safe.
            self.renewed += 1
            answer = self._ask(session, text)
        self.answered += 1
        if answer.status_code in (200, 201):
            self.written.append(text)
        else:
            self.failed.append(f"{answer.status_code} {answer.text[:200]}")

    def _ask(self, session: requests.Session, text: str) -> requests.Response:
        return session.post(
            f"{self.person.url}/v1/conversations/{self.room}/messages",
            json={"client_msg_id": text, "text": text},
            headers={"Authorization": f"Bearer {self.person.token}"},
            timeout=40,
        )


@contextmanager
def asking(person: Person, room: str) -> Iterator[list[Asking]]:
    """Four who write while the block runs: two over connections that they keep."""
    everybody = [Asking(person, room, keeps) for keeps in (True, True, False, False)]
    threads = [threading.Thread(target=each.run) for each in everybody]
    for thread in threads:
        thread.start()
    try:
        yield everybody
    finally:
        for each in everybody:
            each.ending.set()
        for thread in threads:
            thread.join(90)


class SlowUpload:
    """An upload in one request, of which a piece is sent now and then."""

    def __init__(self, person: Person, pieces: int) -> None:
        content = secrets.token_bytes(pieces * PIECE)
        self._pieces = [content[at : at + PIECE] for at in range(0, len(content), PIECE)]
        self.whole = Upload(person, content, "noise.bin", "application/octet-stream")
        place = urlsplit(self.whole.url)
        headers = {
            "Host": place.netloc,
            "Authorization": f"Bearer {person.token}",
            "Tus-Resumable": "1.0.0",
            "Content-Type": "application/offset+octet-stream",
            "Upload-Offset": "0",
            "Content-Length": str(len(content)),
        }
        self._wire = socket.create_connection((place.hostname or "", place.port or 80), 60)
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self._wire.sendall(f"PATCH {place.path} HTTP/1.1\r\n{head}\r\n".encode())

    def send_piece(self) -> None:
        """Send the next one."""
        self._wire.sendall(self._pieces.pop(0))

    def end(self) -> str:
        """Send the rest; return the status line."""
        for piece in self._pieces:
            self._wire.sendall(piece)
        with self._wire, self._wire.makefile("rb") as heard:
            return heard.readline().decode()


def workers(master: int) -> set[int]:
    """Return the processes that serve, those that end included."""
    return {each.pid for each in psutil.Process(master).children()}


def lists(original: str) -> Iterator[str]:
    """Return lists that differ, over and over; one names somebody who does not answer."""
    absent = "server 127.0.0.1:1 max_fails=1 fail_timeout=2s;\n"
    return cycle((original.replace(" max_fails=0", " weight=2 max_fails=0"), original + absent, original))


@pytest.fixture
def other_lists(stack: RunningStack) -> Iterator[Callable[[], None]]:
    """Give what makes Nginx read another list; the list that was there stands there in the end."""
    run = RunDir.current()
    path = nginx.upstream(run, "gateway")
    original = path.read_text()
    changed = lists(original)

    def change() -> None:
        before = workers(stack.pid("nginx"))
        path.write_text(next(changed))
        nginx.reload(run)
        eventually(lambda: workers(stack.pid("nginx")) - before, 60)

    yield change
    path.write_text(original)
    nginx.reload(run)


@pytest.fixture
def person(stack: RunningStack) -> Person:
    return Person.register(stack.url, "reload")


@pytest.fixture
def room(person: Person) -> str:
    other = Person.register(person.url, "other")
    answer = person.ask("POST", "/conversations", {"kind": "group", "title": "Reload", "member_ids": [other.id]})
    return str(answer.json()["id"])


class Listener(Socket):
    """A socket that keeps the texts of all that it was shown."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.texts: list[str] = []

    def hear(self, wanted: Callable[[dict[str, Any]], bool]) -> None:
        """Read until there is a frame that is wanted."""
        self._socket.settimeout(60)
        while True:
            frame = json.loads(self._socket.recv())
            if frame.get("type") == "message.created":
                self.texts.append(frame["data"]["text"])
            if wanted(frame):
                return


@pytest.fixture
def listener(person: Person) -> Iterator[Listener]:
    opened = Listener(person.url.replace("http", "ws", 1) + "/v1/ws")
    ticket = person.ask("POST", "/ws-ticket").json()["ticket"]
    opened.say(t="auth", ticket=ticket, device="test")
    opened.next("ready")
    yield opened
    opened.close()


@pytest.mark.timeout(300)
def test_nothing_is_lost_while_nginx_reads_other_lists(
    person: Person, room: str, listener: Listener, other_lists: Callable[[], None]
) -> None:
    upload = SlowUpload(person, RELOADS + 2)
    with asking(person, room) as everybody:
        for _ in range(RELOADS):
            before = [each.answered for each in everybody]
            other_lists()
            upload.send_piece()
            listener.say(t="ping")
            listener.hear(lambda frame: frame["t"] == "pong")
            eventually(lambda before=before: _all_answered(everybody, before), 120)
    assert [each.failed for each in everybody] == [[], [], [], []]
    assert upload.end().startswith("HTTP/1.1 204")
    assert upload.whole.offset == len(upload.whole.content)
    # The socket is the one of before the first reload, and is shown all that is written.
    person.write(room, "the end")
    listener.hear(lambda _frame: listener.texts[-1:] == ["the end"])
    assert {text for each in everybody for text in each.written} <= set(listener.texts)


def _all_answered(everybody: list[Asking], before: list[int]) -> bool:
    """Whether each has had some answers more."""
    return all(each.answered >= count + ANSWERS for each, count in zip(everybody, before, strict=True))
