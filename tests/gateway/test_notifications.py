"""A person's list over HTTP: told, read on one device as on all, and the way out of mails."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from channel_people import begin, follow, publish
from client import Person, ask
from conftest import ROOT

BASE = "/v1/notifications"
PATIENCE_S = 15.0


def _until(person: Person, unread: int) -> dict[str, Any]:
    """Return a person's list as soon as it has so many unread lines."""
    end = time.monotonic() + PATIENCE_S
    while True:
        page: dict[str, Any] = person.ask("GET", BASE).json
        if page["unread"] == unread:
            return page
        assert time.monotonic() < end, page


def _named(person: Person) -> dict[str, Any]:
    length = len(person.username)
    return {"text": person.username, "entities": [
        {"type": "mention", "offset": 0, "length": length, "user_id": person.id}]}  # fmt: skip


@pytest.fixture
def reader(new_person: Callable[[str], Person]) -> Person:
    """Somebody whose list is empty."""
    return new_person("reader")


def test_reading_a_conversation_clears_what_one_was_told_of_it(ana: Person, reader: Person) -> None:
    room = ana.make_group([reader])
    sent = ana.send(room, **_named(reader))
    assert sent.status == 201, sent.raw
    (line,) = _until(reader, 1)["items"]
    assert (line["kind"], line["conversation_id"], line["actor_id"]) == ("mention", room, ana.id)
    assert line["why"]["rule"] == "mentioned"
    assert reader.ask("POST", f"/v1/conversations/{room}/read", {"up_to_seq": sent.json["seq"]}).status == 200
    assert [each["read"] for each in _until(reader, 0)["items"]] == [True]


def test_the_list_is_paged_and_marked(ana: Person, reader: Person) -> None:
    rooms = [ana.make_group([reader]) for _ in range(3)]
    for room in rooms:
        assert ana.send(room, **_named(reader)).status == 201
    _until(reader, 3)
    first = reader.ask("GET", f"{BASE}?limit=2").json
    second = reader.ask("GET", f"{BASE}?limit=2&after={first['next']}").json
    lines = first["items"] + second["items"]
    assert ({line["conversation_id"] for line in lines}, second["next"]) == (set(rooms), None)
    assert reader.ask("POST", f"{BASE}/read", {"ids": [lines[0]["id"]]}).json == {"unread": 2}
    assert reader.ask("POST", f"{BASE}/read", {"up_to": lines[2]["id"]}).json == {"unread": 1}
    assert len(reader.ask("GET", f"{BASE}?unread_only=true").json["items"]) == 1
    assert reader.ask("POST", f"{BASE}/read").json == {"unread": 0}
    both = reader.ask("POST", f"{BASE}/read", {"ids": [], "up_to": lines[0]["id"]})
    assert (both.status, both.code) == (400, "invalid_field")


def test_a_channel_that_is_read_is_told_no_more(ana: Person, reader: Person) -> None:
    channel = begin(ana)
    follow(reader, channel)
    post = publish(ana, channel, **_named(reader)).json
    (line,) = _until(reader, 1)["items"]
    assert (line["kind"], line["channel_id"], line["post_id"]) == ("mention", channel, post["id"])
    assert reader.ask("POST", f"/v1/channels/{channel}/read", {"up_to_seq": post["seq"]}).status == 200
    _until(reader, 0)


def test_preferences_are_kept_and_checked(reader: Person) -> None:
    path = f"{BASE}/preferences"
    quiet = {"time_zone": "Europe/Madrid", "quiet_from": "22:00", "quiet_to": "07:30", "push": False}
    assert quiet.items() <= reader.ask("PATCH", path, quiet).json.items()
    kept = reader.ask("GET", path).json
    for changes, code in [
        ({}, "nothing_to_change"),
        ({"time_zone": "Mars/Olympus"}, "preferences_invalid"),
        ({"quiet_from": "25:00"}, "invalid_field"),
        ({"quiet_from": None}, "preferences_invalid"),
        ({"email_digest": "daily"}, "preferences_invalid"),
        ({"email_digest": "hourly"}, "invalid_field"),
        ({"loud": True}, "unknown_field"),
    ]:
        reply = reader.ask("PATCH", path, changes)
        assert (reply.status, reply.code) == (400, code), changes
    assert reader.ask("GET", path).json == kept


def test_a_device_is_added_once_changed_and_removed(reader: Person) -> None:
    path = "/v1/push/endpoints"
    device = {
        "endpoint": "https://push.example.org/device",
        "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "auth": "BTBZMqHH6r4Tts7J_aSIgg",
    }
    assert len(reader.ask("GET", "/v1/push/key").json["public_key"]) == 87
    first, again = (reader.ask("POST", path, {**device, "device": name}).json for name in ("laptop", "old laptop"))
    assert (again["id"], again["device"], again["endpoint_host"]) == (first["id"], "old laptop", "push.example.org")
    changed = reader.ask("PATCH", f"{path}/{first['id']}", {"quiet": True}).json
    assert reader.ask("GET", path).json["items"] == [changed]
    assert [reader.ask("DELETE", f"{path}/{first['id']}").status for _ in range(2)] == [204, 204]
    assert reader.ask("GET", path).json["items"] == []


_WEEKLY = """
import sys
from plumbing.database import transactions
from plumbing.settings import settings
from svc_subscriptions.actions import preferences, unsubscribing
with transactions(settings().database_url).transaction() as session:
    preferences.change(session, sys.argv[1], {"email_digest": "weekly", "email": "a@example.org", "locale": "en"})
print(unsubscribing.link(sys.argv[1]))
"""


@pytest.fixture
def link(reader: Person, environment_of: Callable[[str], dict[str, str]]) -> str:
    """The path of the link in the digests of a reader who gets them weekly."""
    command = [sys.executable, "-c", _WEEKLY, reader.id]
    done = subprocess.run(  # noqa: S603
        command, check=True, cwd=ROOT, env=environment_of("subscriptions"), capture_output=True, text=True
    )
    parts = urlsplit(done.stdout.split()[-1])
    return f"{parts.path}?{parts.query}"


def _digest(person: Person) -> str:
    return str(person.ask("GET", f"{BASE}/preferences").json["email_digest"])


def test_opening_the_link_of_a_mail_only_asks(reader: Person, link: str) -> None:
    page = ask("GET", link, headers={"Accept-Language": "es-ES,es;q=0.9"})
    assert (page.status, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert b'<form method="post"><button>No recibir' in page.raw
    assert b"<script" not in page.raw
    assert "script-src" not in page.headers["Content-Security-Policy"]
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'; form-action 'self'")
    assert _digest(reader) == "weekly"


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", None])
def test_one_click_ends_the_mails_without_a_sign_in(reader: Person, link: str, kind: str | None) -> None:
    sent = {"raw": b"List-Unsubscribe=One-Click", "headers": {"Content-Type": kind}} if kind else {}
    for _ in range(2):
        reply = ask("POST", link, **sent)
        assert reply.status == 200, reply.raw
    assert _digest(reader) == "off"


@pytest.mark.parametrize("token", ["x", "é", "a" * 1_000])
def test_a_link_that_is_none_ends_nothing(reader: Person, link: str, token: str) -> None:
    reply = ask("POST", f"{BASE}/unsubscribe?token={token}")
    assert (reply.status, reply.code) == (400, "unsubscribe_link_invalid")
    assert _digest(reader) == "weekly"
