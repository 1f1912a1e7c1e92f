"""Two people from outside, through Nginx: what one writes, the other sees, whatever happens in between."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
import websocket

from stack.running import RunningStack, load

ROOT = Path(__file__).parents[2]
#: A right that ended reaches open sockets within this time, in seconds.
REVOKED_WITHIN_S = 5.0

pytestmark = [
    pytest.mark.stack,
    # Until stack.supervisor closes its connections: the socket to supervisord is left to the collector.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(scope="session")
def url() -> str:
    """Where Charla is, such as http://127.0.0.1:8080."""
    if "CHARLA_URL" not in os.environ:
        pytest.skip("CHARLA_URL names no running Charla")
    return os.environ["CHARLA_URL"]


@dataclass
class Person:
    """Somebody with an account, and what they do."""

    url: str
    id: str
    token: str

    def ask(self, method: str, path: str, body: Any = None, **options: Any) -> requests.Response:
        """Call the API as this person."""
        headers = {"Authorization": f"Bearer {self.token}"}
        return requests.request(method, f"{self.url}/v1{path}", json=body, headers=headers, timeout=40, **options)

    def get(self, path: str, **query: Any) -> Any:
        """Return what a GET answers."""
        answer = self.ask("GET", path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def write(self, room: str, text: str, client_msg_id: str = "") -> requests.Response:
        """Send a message."""
        body = {"client_msg_id": client_msg_id or secrets.token_hex(8), "text": text}
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


@pytest.fixture
def person(url: str) -> Callable[[str], Person]:
    """Makes people."""

    def register(name: str) -> Person:
        body = {
            "username": f"{name}_{secrets.token_hex(4)}",
            "password": secrets.token_urlsafe(16),
            "display_name": name,
        }
        answer = requests.post(f"{url}/v1/auth/register", json=body, timeout=10)
        assert answer.status_code == 201, answer.text
        pair = answer.json()
        return Person(url, pair["user"]["id"], pair["access_token"])

    return register


@pytest.fixture
def ana(person: Callable[[str], Person]) -> Person:
    return person("ana")


@pytest.fixture
def ben(person: Callable[[str], Person]) -> Person:
    return person("ben")


@pytest.fixture
def room(ana: Person, ben: Person) -> str:
    """A group that Ana owns and Ben is in."""
    answer = ana.ask("POST", "/conversations", {"kind": "group", "title": "Two", "member_ids": [ben.id]})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


@pytest.fixture
def screen(ben: Person, room: str) -> Iterator[Socket]:
    """Ben's open socket."""
    opened = ben.socket()
    yield opened
    opened.close()


def eventually(look: Callable[[], Any], seconds: float = 20.0) -> Any:
    """Return what `look` returns once that is true; fail when it does not become so."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.05)
    return found


def test_the_example_of_the_readme_works(url: str) -> None:
    done = subprocess.run(
        [sys.executable, "examples/two_people.py"],
        cwd=ROOT,
        env=os.environ | {"CHARLA_URL": url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Ben finds it in the history: 'Hola, Ben'" in done.stdout


def test_what_one_writes_the_other_sees_finds_and_reads(ana: Person, ben: Person, room: str, screen: Socket) -> None:
    word = f"w{secrets.token_hex(6)}"
    sent = ana.write(room, f"Hola, {word}")
    assert sent.status_code == 201, sent.text
    frame = screen.next("message.created")
    assert (frame["conv"], frame["data"]["id"]) == (room, sent.json()["id"])
    assert frame["ver"] == sent.json()["ver"]
    history = ben.get(f"/conversations/{room}/messages", limit=10)["items"]
    assert [each["text"] for each in history if each["id"] == sent.json()["id"]] == [f"Hola, {word}"]
    found = eventually(lambda: ben.get("/search", q=word)["items"])
    assert [each["id"] for each in found] == [sent.json()["id"]]


def test_an_acknowledged_message_survives_the_death_of_messaging(ana: Person, ben: Person, room: str) -> None:
    if "CHARLA_RUN_DIR" not in os.environ:
        pytest.skip("CHARLA_RUN_DIR does not name a stack that may be broken")
    stack: RunningStack = load()
    before = ana.write(room, "before")
    assert before.status_code == 201
    stack.kill("messaging")
    # The same client_msg_id, again and again: it is stored once, by whichever try came through.
    name = secrets.token_hex(8)
    after = eventually(lambda: answer if (answer := ana.write(room, "after", name)).ok else None, 60)
    stack.wait_until_ready("messaging")
    history = ben.get(f"/conversations/{room}/messages", limit=10)["items"]
    assert [each["text"] for each in history if each["kind"] == "text"] == ["before", "after"]
    assert {before.json()["id"], after.json()["id"]} <= {each["id"] for each in history}


def test_typing_and_receipts_arrive(ana: Person, ben: Person, room: str, screen: Socket) -> None:
    mine = ana.socket()
    mine.say(t="typing", conv=room)
    typing = screen.next("typing")
    assert (typing["conv"], typing["user"]) == (room, ana.id)
    seq = ana.write(room, "read me").json()["seq"]
    assert ben.ask("POST", f"/conversations/{room}/read", {"up_to_seq": seq}).status_code == 200
    receipt = mine.next("receipt")
    assert (receipt["conv"], receipt["user"], receipt["read_seq"]) == (room, ben.id, seq)
    mine.close()


def test_a_long_poll_brings_the_same_frames(ana: Person, ben: Person, room: str, screen: Socket) -> None:
    cursor = ben.get("/poll")["cursor"]
    sent = [ana.write(room, f"number {number}").json()["id"] for number in range(3)]
    on_the_socket = [screen.next("message.created") for _ in sent]
    polled: list[Any] = []
    while len(polled) < len(sent):
        answer = ben.get("/poll", cursor=cursor, timeout=10)
        assert answer["frames"], "the poll ended without frames"
        cursor = answer["cursor"]
        polled += [frame for frame in answer["frames"] if frame.get("type") == "message.created"]
    assert [frame["data"]["id"] for frame in polled] == sent
    assert polled == on_the_socket


def test_an_ended_session_closes_its_socket(ben: Person, screen: Socket) -> None:
    assert ben.ask("POST", "/auth/logout", {}).status_code == 204
    assert screen.close_code(REVOKED_WITHIN_S) == 4401


def test_a_removed_member_sees_nothing_more(ana: Person, ben: Person, room: str, screen: Socket) -> None:
    assert ana.ask("DELETE", f"/conversations/{room}/members/{ben.id}").status_code == 204
    screen.next("conversation.left", REVOKED_WITHIN_S)
    assert ana.write(room, "among us").status_code == 201
    with pytest.raises(websocket.WebSocketTimeoutException):
        screen.next("message.created", 1.0)
    assert ben.ask("GET", f"/conversations/{room}/messages").status_code == 404
    assert ben.write(room, "let me in").status_code == 404
