"""Webhooks and commands over HTTP: the address, what it lets in, and what is told of it."""

from __future__ import annotations

import json
import uuid
from typing import Any
from urllib.parse import urlsplit

import pytest
from client import Person, Reply, WebSocket, ask


@pytest.fixture
def hook(ana: Person, group: str) -> dict[str, Any]:
    """A webhook of the group, with its address."""
    reply = ana.ask("POST", f"/v1/conversations/{group}/webhooks", {"name": "Builds"})
    assert reply.status == 201, reply.raw
    made: dict[str, Any] = reply.json
    return made


def post(hook: dict[str, Any], body: Any = None, **more: Any) -> Reply:
    return ask("POST", urlsplit(hook["url"]).path, {"text": "done"} if body is None else body, **more)


def test_whoever_has_the_address_posts_to_the_group(ben: Person, group: str, hook: dict[str, Any]) -> None:
    socket = WebSocket.signed_in(ben)
    posted = post(hook)
    assert posted.status == 201, posted.raw
    frame = socket.until({"t": "event", "conv": group, "type": "message.created"})
    assert frame["data"]["id"] == posted.json["message_id"]
    assert frame["data"]["webhook"] == {"id": hook["id"], "name": "Builds"}
    socket.close()
    (shown,) = ben.ask("GET", f"/v1/conversations/{group}/messages?limit=1").json["items"]
    assert shown == frame["data"]


def test_the_address_is_shown_once(ana: Person, group: str, hook: dict[str, Any]) -> None:
    secret = hook["secret"]
    assert urlsplit(hook["url"]).path == f"/v1/hooks/{hook['id']}/{secret}"
    assert secret not in ana.ask("GET", f"/v1/conversations/{group}/webhooks").raw.decode()


def test_a_key_posts_once(hook: dict[str, Any]) -> None:
    key = {"Idempotency-Key": str(uuid.uuid4())}
    first, again = post(hook, headers=key), post(hook, headers=key)
    assert (first.status, again.status) == (201, 201)
    assert first.json == again.json
    assert post(hook, {"text": "other"}, headers=key).code == "idempotency_mismatch"


def test_a_wrong_secret_looks_like_an_unknown_webhook(hook: dict[str, Any]) -> None:
    wrong = ask("POST", f"/v1/hooks/{hook['id']}/wrong", {"text": "x"})
    unknown = ask("POST", f"/v1/hooks/{uuid.uuid4()}/{hook['secret']}", {"text": "x"})
    for reply in (wrong, unknown):
        assert reply.status == 404
        del reply.headers["X-Request-Id"], reply.headers["traceparent"], reply.headers["Date"]
    told = [{**reply.json, "request_id": ""} for reply in (wrong, unknown)]
    assert told[0] == told[1]
    assert wrong.headers == unknown.headers


def test_a_refusal_tells_nobody_the_secret(hook: dict[str, Any]) -> None:
    replies = [
        post(hook, {"text": ""}),
        post(hook, {"text": "x", "more": 1}),
        post(hook, raw=b"text", headers={"Content-Type": "text/plain"}),
        ask("GET", urlsplit(hook["url"]).path),
        ask("POST", f"/v1/hooks/{hook['id'].upper()}/{hook['secret']}", {"text": "x"}),
    ]
    assert [reply.status for reply in replies] == [400, 400, 415, 405, 404]
    assert all(hook["secret"] not in reply.raw.decode() for reply in replies)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "missing_field"),
        ({"text": " "}, "message_empty"),
        ({"text": "x" * 8_001}, "invalid_field"),
        ({"text": "x", "username": "ana"}, "unknown_field"),
        ({"text": "x", "entities": [{"type": "bold", "offset": 0, "length": 5}]}, "entity_invalid"),
    ],
)
def test_bad_posts_have_a_code(hook: dict[str, Any], body: Any, code: str) -> None:
    reply = post(hook, body)
    assert (reply.status, reply.code) == (400, code)


def test_a_deleted_webhook_lets_nobody_in(ana: Person, group: str, hook: dict[str, Any]) -> None:
    path = f"/v1/conversations/{group}/webhooks/{hook['id']}"
    renewed = ana.ask("POST", f"{path}/secret")
    assert (post(hook).code, post(renewed.json).status) == ("unknown_webhook", 201)
    assert ana.ask("DELETE", path).status == 204
    assert post(renewed.json).code == "unknown_webhook"
    assert ana.ask("DELETE", path).code == "unknown_webhook"


def test_a_command_reaches_who_answers_it(ana: Person, ben: Person, group: str) -> None:
    path = f"/v1/conversations/{group}/commands"
    echo = {"name": "echo", "description": "Says it again", "usage": "<words>"}
    assert ben.ask("PUT", path, {"commands": [echo]}).status == 200
    assert ana.ask("GET", path).json["items"] == [{**echo, "user_id": ben.id}]
    assert ana.ask("PUT", path, {"commands": [echo]}).code == "command_taken"
    socket = WebSocket.signed_in(ben)
    assert ana.send(group, "/echo hello").status == 201
    frame = socket.until({"t": "event", "conv": group, "type": "message.created"})
    assert frame["data"]["entities"] == [{"type": "command", "offset": 0, "length": 5, "user_id": ben.id}]
    socket.close()


def test_only_the_service_says_what_a_command_is(ana: Person, group: str) -> None:
    entity = {"type": "command", "offset": 0, "length": 5, "user_id": ana.id}
    assert ana.send(group, "/echo", entities=[entity]).code == "invalid_field"


def test_a_bad_command_is_refused(ben: Person, group: str) -> None:
    reply = ben.ask("PUT", f"/v1/conversations/{group}/commands", {"commands": [{"name": "A b", "description": "x"}]})
    assert (reply.status, json.loads(reply.raw)["code"]) == (400, "invalid_field")
