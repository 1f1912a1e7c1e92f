"""Who is refused leaves a line in the log: which operation, why, and who; and nothing of what they sent."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from client import Person, WebSocket, ask

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 30.0


def lines(*words: str) -> Iterator[dict[str, Any]]:
    run_folder = Path(os.environ.get("CHARLA_RUN_DIR", ROOT / ".run"))
    for log in (run_folder / "logs").glob("gateway*.log*"):
        for line in log.read_text(errors="replace").splitlines():
            if all(word in line for word in ('"refused"', *words)):
                yield json.loads(line)


def told(*words: str) -> dict[str, Any]:
    """Return the line with these words, such as a request's id; it may come a moment after the answer."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        for line in lines(*words):
            return line
        time.sleep(0.05)
    raise AssertionError(f"no line of {words} within {PATIENCE_S} s")


def refused(method: str, path: str, body: Any = None, token: str | None = None) -> dict[str, Any]:
    answer = ask(method, path, body, token=token)
    assert answer.status in (401, 403, 404)
    return told(answer.headers["X-Request-Id"])


def test_a_stranger_who_asks_for_what_is_hidden_is_named(ana: Person, eve: Person, group: str) -> None:
    line = refused("PATCH", f"/v1/conversations/{group}", {"title": "a word of mine"}, eve.token)
    assert (line["event"], line["level"], line["user_id"]) == ("refused", "info", eve.id)
    assert line["why"] == "unknown_conversation"
    assert line["address"] == "127.0.0.1"
    assert "a word of mine" not in json.dumps(line)


def test_so_is_who_has_not_the_role(eve: Person) -> None:
    line = refused("GET", "/v1/audit", token=eve.token)
    assert (line["event"], line["user_id"]) == ("refused", eve.id)


def test_a_wrong_password_is_told_without_it(ana: Person) -> None:
    line = refused("POST", "/v1/auth/login", {"username": ana.username, "password": "not hers, and long"})
    assert (line["event"], line["operation"], line["why"]) == ("refused", "login", "wrong_credentials")
    assert "not hers" not in json.dumps(line)


@pytest.mark.usefixtures("stack")
def test_so_is_a_token_that_is_none() -> None:
    line = refused("GET", "/v1/users/me", token="forged.token.here")  # noqa: S106
    assert (line["event"], line["why"], line["user_id"]) == ("refused", "token_invalid", None)
    assert "forged" not in json.dumps(line)


def test_a_body_that_is_refused_is_told_without_it(new_person: Callable[[], Person]) -> None:
    somebody = new_person()  # of whom nothing was told within this minute
    answer = somebody.ask("POST", "/v1/conversations", {"kind": "a word of mine"})
    assert answer.code == "invalid_field"
    line = told(answer.headers["X-Request-Id"])
    assert (line["event"], line["why"], line["user_id"]) == ("refused", "invalid_field", somebody.id)
    assert "a word of mine" not in json.dumps(line)


def test_so_is_a_socket_that_says_too_much(new_person: Callable[[], Person]) -> None:
    somebody = new_person()
    socket = WebSocket.signed_in(somebody)
    for _ in range(200):
        try:
            socket.say({"t": "ping"})
        except OSError:
            break
    assert socket.until_closed() == 4429
    assert told(somebody.id, "too_many_frames")["operation"] == "websocket"
