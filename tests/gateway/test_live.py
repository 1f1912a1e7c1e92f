"""The live path: WebSocket and long poll, and how they end."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable

import pytest
import websocket
from client import Person, WebSocket

Open = Callable[..., WebSocket]


def test_a_message_reaches_the_other_socket(ana: Person, ben: Person, group: str, open_socket: Open) -> None:
    socket = open_socket(ben)
    sent = ana.send(group, "live").json
    frame = socket.until({"t": "event", "conv": group})
    assert (frame["type"], frame["ver"], frame["data"]["id"]) == ("message.created", sent["ver"], sent["id"])


def test_a_new_conversation_is_followed_at_once(ana: Person, ben: Person, open_socket: Open) -> None:
    socket = open_socket(ben)
    group = ana.make_group([ben])
    socket.until({"t": "user_event", "type": "conversation.joined"})
    ana.send(group, "welcome")
    socket.until({"t": "event", "conv": group, "type": "message.created"})


def test_a_removed_member_hears_nothing_more(ana: Person, ben: Person, group: str, open_socket: Open) -> None:
    socket = open_socket(ben)
    assert ana.ask("DELETE", f"/v1/conversations/{group}/members/{ben.id}").status == 204
    socket.until({"t": "user_event", "type": "conversation.left"}, 6)
    ana.send(group, "secret")
    other = ana.make_group([ben])
    frame = socket.until({"t": "user_event", "type": "conversation.joined"})
    assert frame["data"]["conversation_id"] == other


def test_a_stranger_hears_nothing(ana: Person, eve: Person, group: str, open_socket: Open) -> None:
    socket = open_socket(eve)
    socket.say({"t": "typing", "conv": group})
    assert socket.until({"t": "error"})["code"] == "unknown_conversation"
    ana.send(group, "not for Eve")
    socket.say({"t": "ping"})
    assert socket.next() == {"t": "pong"}


def test_typing_and_presence_reach_members(ana: Person, ben: Person, group: str, open_socket: Open) -> None:
    socket = open_socket(ben)
    socket.say({"t": "watch", "conv": group})
    socket.until({"t": "presence", "conv": group})
    other = open_socket(ana)
    seen: set[str] = set()
    while ana.id not in seen:
        came = socket.until({"t": "presence", "conv": group})
        seen |= {user["user_id"] for user in came["users"] if user["online"]}
    other.say({"t": "typing", "conv": group})
    assert socket.until({"t": "typing", "conv": group})["user"] == ana.id


def test_a_ticket_works_once(ana: Person, stack: str) -> None:
    ticket = ana.ticket()
    first, second = WebSocket(), WebSocket()
    first.say({"t": "auth", "ticket": ticket})
    assert first.next() == {"t": "ready", "user": ana.id, "heartbeat_s": 25}
    second.say({"t": "auth", "ticket": ticket})
    assert second.next() == {
        "t": "error",
        "code": "ticket_invalid",
        "detail": "That ticket is not valid; get a new one.",
    }
    assert second.until_closed() == 4401
    first.close()


@pytest.mark.parametrize(
    "text", ["hello", "{}", '{"t":"auth"}', '{"t":"auth","ticket":7}', "[" * 5_000, '{"t":"ping"}']
)
def test_a_first_frame_that_is_no_auth_ends_the_socket(stack: str, text: str) -> None:
    socket = WebSocket()
    socket.say_raw(text)
    assert socket.until_closed() == 4401


def test_garbage_is_answered_and_then_ends_the_socket(ana: Person, open_socket: Open) -> None:
    socket = open_socket(ana)
    codes = []
    for text in ("x", "[]", '{"t":"nope"}', '{"t":"typing"}', '{"t":"ping","more":1}'):
        socket.say_raw(text)
        codes.append(socket.until({"t": "error"})["code"])
    assert codes == ["invalid_json", "unknown_frame", "unknown_frame", "missing_field", "unknown_field"]
    assert socket.until_closed() == 4400


def test_binary_and_oversized_frames_end_the_socket(ana: Person, open_socket: Open) -> None:
    socket = open_socket(ana)
    socket.say_raw(b"\x00\x01", websocket.ABNF.OPCODE_BINARY)
    assert socket.until_closed() == 4400
    socket = open_socket(ana)
    socket.say_raw(json.dumps({"t": "x" * 70_000}))
    assert socket.until_closed() == 1009


def test_too_many_frames_end_the_socket(ana: Person, open_socket: Open) -> None:
    socket = open_socket(ana)
    for _ in range(200):
        try:
            socket.say({"t": "ping"})
        except OSError:
            break
    assert socket.until_closed() == 4429


def test_the_same_device_again_replaces_the_socket(ana: Person, open_socket: Open) -> None:
    old = open_socket(ana, "phone")
    new = open_socket(ana, "phone")
    assert old.until_closed() == 4409
    new.say({"t": "ping"})
    new.until({"t": "pong"})


def test_logout_closes_the_socket(stack: str, open_socket: Open) -> None:
    person = Person.register(f"gone{secrets.token_hex(5)}")
    socket = open_socket(person)
    assert person.ask("POST", "/v1/auth/logout").status == 204
    assert socket.until_closed() == 4401


def test_a_poll_brings_what_was_missed_and_what_comes(ana: Person, ben: Person, group: str) -> None:
    first = ben.ask("GET", "/v1/poll").json
    assert first["frames"][0]["t"] == "ready"
    sent = ana.send(group, "missed").json
    second = ben.ask("GET", f"/v1/poll?cursor={first['cursor']}").json
    mine = [frame for frame in second["frames"] if frame.get("conv") == group]
    assert [frame["data"]["id"] for frame in mine] == [sent["id"]]
    started = time.monotonic()
    third = ben.ask("POST", "/v1/poll", {"cursor": second["cursor"], "timeout": 1}).json
    assert (third["frames"], time.monotonic() - started > 0.9) == ([], True)


def test_a_reader_that_is_too_slow_is_closed_and_does_not_hold_up_others(
    ana: Person, ben: Person, group: str, open_socket: Open
) -> None:
    slow, quick = open_socket(ben), open_socket(ben)
    slow.read_little()
    long_text = "😀" * 7_900
    for number in range(300):
        assert ana.send(group, f"{number} {long_text}").status == 201
        quick.until({"t": "event", "conv": group})
    quick.say({"t": "ping"})
    quick.until({"t": "pong"})
    assert slow.until_closed(30) in (None, 4413)
