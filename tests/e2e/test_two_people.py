"""Two people from outside, through Nginx: what one writes, the other sees, whatever happens in between."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import websocket

from stack.running import RunningStack, load
from tests.e2e.people import PATIENCE_S, Person, Socket, eventually

ROOT = Path(__file__).parents[2]


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
    assert screen.close_code(PATIENCE_S) == 4401


def test_a_removed_member_sees_nothing_more(ana: Person, ben: Person, room: str, screen: Socket) -> None:
    assert ana.ask("DELETE", f"/conversations/{room}/members/{ben.id}").status_code == 204
    screen.next("conversation.left", PATIENCE_S)
    assert ana.write(room, "among us").status_code == 201
    with pytest.raises(websocket.WebSocketTimeoutException):
        screen.next("message.created", 1.0)
    assert ben.ask("GET", f"/conversations/{room}/messages").status_code == 404
    assert ben.write(room, "let me in").status_code == 404
