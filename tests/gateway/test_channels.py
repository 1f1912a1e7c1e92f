"""Channels over HTTP: found, followed, written in, read, replayed; and the ways into a private one."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from channel_people import BASE, accept, begin, follow, invite, publish
from client import Person


@pytest.fixture
def channel(ana: Person, ben: Person) -> str:
    """A public channel of Ana's that Ben follows."""
    made = begin(ana)
    follow(ben, made)
    return made


@pytest.mark.parametrize("words", ["buho nocturno", "búhos", "@{handle}", "{handle}"])
def test_a_public_channel_is_found_by_words_and_handle(ana: Person, ben: Person, words: str) -> None:
    handle = f"Owls_{secrets.token_hex(6)}"
    channel = begin(ana, title="Búhos nocturnos", handle=handle, language="es", topics=[handle])
    query = f"{BASE}?query={words.format(handle=handle)}&topic={handle}&language=es"
    found = ben.ask("GET", query).json
    assert ([each["id"] for each in found["items"]], found["next"]) == ([channel], None)
    by_handle = ben.ask("GET", f"{BASE}/handles/{handle.lower()}").json
    assert (by_handle["id"], by_handle["handle"], by_handle["subscription"]) == (channel, handle, None)


def test_a_post_is_published_once(ana: Person, ben: Person, channel: str) -> None:
    body = {"client_post_id": "one", "text": "hoot"}
    first = ana.ask("POST", f"{BASE}/{channel}/posts", body)
    again = ana.ask("POST", f"{BASE}/{channel}/posts", body)
    other = ana.ask("POST", f"{BASE}/{channel}/posts", {**body, "text": "another"})
    assert (first.status, "Idempotent-Replayed" in first.headers) == (201, False)
    assert (again.status, again.headers["Idempotent-Replayed"], again.json) == (200, "true", first.json)
    assert (other.status, other.code) == (409, "idempotency_mismatch")
    assert [post["id"] for post in ben.ask("GET", f"{BASE}/{channel}/posts").json["items"]] == [first.json["id"]]


def test_a_post_waits_for_its_time_and_is_called_off(ana: Person, channel: str) -> None:
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    body = {"client_post_id": "later", "text": "soon", "publish_at": later}
    waiting = ana.ask("POST", f"{BASE}/{channel}/posts", body)
    again = ana.ask("POST", f"{BASE}/{channel}/posts", body)
    assert (waiting.status, again.status, again.json) == (202, 202, waiting.json)
    assert again.headers["Idempotent-Replayed"] == "true"
    listed = f"{BASE}/{channel}/scheduled-posts"
    assert ana.ask("GET", listed).json["items"] == [waiting.json]
    assert ana.ask("DELETE", f"/v1/scheduled-posts/{waiting.json['id']}").status == 204
    assert ana.ask("GET", listed).json["items"] == []


def test_the_log_holds_every_change_without_a_gap(ana: Person, ben: Person, channel: str) -> None:
    post = publish(ana, channel).json["id"]
    assert ana.ask("PATCH", f"/v1/posts/{post}", {"text": "hoot hoot"}).json["edited_at"]
    assert ana.ask("PUT", f"/v1/posts/{post}/pin").json["pinned"] is True
    pinned = f"{BASE}/{channel}/posts?pinned=true"
    assert [each["id"] for each in ana.ask("GET", pinned).json["items"]] == [post]
    assert ana.ask("DELETE", f"/v1/posts/{post}/pin").json["pinned"] is False
    assert ana.ask("GET", pinned).json["items"] == []
    assert ana.ask("PATCH", f"{BASE}/{channel}", {"description": "for night birds"}).status == 200
    assert ana.ask("DELETE", f"/v1/posts/{post}").status == 204
    log = ben.ask("GET", f"{BASE}/{channel}/log?after_seq=0").json
    types = [
        "post.published", "post.edited", "post.pinned", "post.unpinned", "channel.updated", "post.deleted"
    ]  # fmt: skip
    assert [(each["seq"], each["type"]) for each in log["items"]] == list(enumerate(types, 1))
    assert (log["seq"], log["more"]) == (6, False)
    part = ben.ask("GET", f"{BASE}/{channel}/log?after_seq=2&limit=2").json
    assert ([each["seq"] for each in part["items"]], part["more"]) == ([3, 4], True)
    gone = ben.ask("GET", f"/v1/posts/{post}").json
    assert (gone["deleted"], gone["text"]) == (True, "")


def test_posts_are_read_in_pages_both_ways(ana: Person, ben: Person, channel: str) -> None:
    made = [publish(ana, channel, str(number)).json["seq"] for number in range(5)]
    last = ben.ask("GET", f"{BASE}/{channel}/posts?limit=2").json
    before = ben.ask("GET", f"{BASE}/{channel}/posts?limit=3&before_seq={last['next']}").json
    assert [post["seq"] for post in before["items"] + last["items"]] == made
    onward = ben.ask("GET", f"{BASE}/{channel}/posts?limit=3&after_seq=0").json
    rest = ben.ask("GET", f"{BASE}/{channel}/posts?limit=3&after_seq={onward['next']}").json
    assert ([post["seq"] for post in onward["items"] + rest["items"]], rest["next"]) == (made, None)


def test_a_read_post_counts_one_view_of_each_person(ana: Person, ben: Person, channel: str) -> None:
    post = publish(ana, channel).json
    assert ben.ask("GET", f"{BASE}/{channel}").json["unread"] == 1
    for _ in range(3):
        assert ben.ask("POST", f"{BASE}/{channel}/read", {"up_to_seq": post["seq"]}).json["read_seq"] == post["seq"]
    assert ben.ask("GET", f"{BASE}/{channel}").json["unread"] == 0
    assert ana.ask("GET", f"/v1/posts/{post['id']}").json["views"] == 1
    day = ana.ask("GET", f"{BASE}/{channel}/stats?days=1").json["days"][0]
    assert (day["followers"], day["posts"], day["reads"], day["reach"]) == (2, 1, 1, 1)


def test_followers_react_and_comment(ana: Person, ben: Person, channel: str) -> None:
    post = publish(ana, channel, comments=True).json["id"]
    shown = ben.ask("PUT", f"/v1/posts/{post}/reactions/🦉").json
    assert [(each["emoji"], each["count"]) for each in shown["reactions"]] == [("🦉", 1)]
    assert ben.ask("DELETE", f"/v1/posts/{post}/reactions/🦉").json["reactions"] == []
    talk = ben.ask("POST", f"/v1/posts/{post}/comments")
    assert talk.status == 200, talk.raw
    assert ben.send(talk.json["conversation_id"], "well said").status == 201
    messages = ana.ask("GET", f"/v1/conversations/{talk.json['conversation_id']}/messages").json["items"]
    assert [each["text"] for each in messages] == ["well said"]


def test_following_is_changed_and_ended(ana: Person, ben: Person, channel: str) -> None:
    until = "2031-05-01T12:00:00+02:00"
    changed = ben.ask("POST", f"{BASE}/{channel}/subscription", {"level": "mentions", "muted_until": until}).json
    assert (changed["level"], changed["role"]) == ("mentions", "follower")
    assert datetime.fromisoformat(changed["muted_until"]) == datetime.fromisoformat(until)
    assert channel in _mine(ben)
    assert [ben.ask("DELETE", f"{BASE}/{channel}/subscription").status for _ in range(2)] == [204, 204]
    assert channel not in _mine(ben)
    assert ana.ask("GET", f"{BASE}/{channel}").json["follower_count"] == 1


def _mine(person: Person) -> list[str]:
    return [each["id"] for each in person.ask("GET", f"{BASE}/mine?limit=100").json["items"]]


def test_roles_are_given_and_a_channel_keeps_an_owner(ana: Person, ben: Person, channel: str) -> None:
    path = f"{BASE}/{channel}/followers"
    assert publish(ben, channel).code == "channel_role_too_low"
    assert ana.ask("PATCH", f"{path}/{ben.id}", {"role": "author"}).json["role"] == "author"
    assert publish(ben, channel).status == 201
    assert [each["user_id"] for each in ana.ask("GET", f"{path}?role=author").json["items"]] == [ben.id]
    assert ana.ask("DELETE", f"{BASE}/{channel}/subscription").code == "channel_last_owner"
    assert ana.ask("DELETE", f"{path}/{ben.id}").status == 204
    assert ben.ask("GET", path).code == "channel_role_too_low"


def test_a_private_channel_is_joined_with_the_admins_leave(
    ana: Person, ben: Person, new_person: Callable[[str], Person]
) -> None:
    channel, cyd = begin(ana, "private"), new_person("cyd")
    made = invite(ana, channel, needs_approval=True)
    assert made["url"].endswith(made["code"])
    for person in (ben, cyd):
        assert accept(person, made["code"]).json == {"state": "requested", "channel": None}
        assert person.ask("GET", f"{BASE}/{channel}").code == "unknown_channel"
    waiting = ana.ask("GET", f"{BASE}/{channel}/join-requests").json["items"]
    assert [each["user_id"] for each in waiting] == [ben.id, cyd.id]
    for person, let_in in ((ben, True), (cyd, False)):
        answer = ana.ask("POST", f"{BASE}/{channel}/join-requests/{person.id}", {"accept": let_in})
        assert answer.status == 204, answer.raw
    assert ben.ask("GET", f"{BASE}/{channel}").json["subscription"]["role"] == "follower"
    assert cyd.ask("GET", f"{BASE}/{channel}").code == "unknown_channel"
    listed = ana.ask("GET", f"{BASE}/{channel}/invites").json["items"]
    assert [(each["id"], each["uses"], "code" in each) for each in listed] == [(made["id"], 2, False)]


KEYED: list[tuple[str, dict[str, Any]]] = [
    (BASE, {"title": "Once", "visibility": "private"}),
    (f"{BASE}/{{channel}}/invites", {"max_uses": 2}),
    (f"{BASE}/{{channel}}/observers", {"kind": "webhook", "url": "https://93.184.216.34/x"}),
]


@pytest.mark.parametrize(("path", "body"), KEYED, ids=["channel", "invite", "observer"])
def test_one_key_makes_one_thing(ana: Person, ben: Person, channel: str, path: str, body: dict[str, Any]) -> None:
    headers, path = {"Idempotency-Key": str(uuid.uuid4())}, path.format(channel=channel)
    first, again = (ana.ask("POST", path, body, headers=headers) for _ in range(2))
    assert (first.status, again.status) == (201, 201), again.raw
    assert again.json == first.json
    other = ana.ask("POST", BASE, {"title": "Another", "visibility": "private"}, headers=headers)
    assert (other.status, other.code) == (409, "idempotency_mismatch")


def test_an_observer_is_paused_enabled_replayed_and_detached(ana: Person, channel: str) -> None:
    path, hook = f"{BASE}/{channel}/observers", {"kind": "webhook", "url": "https://93.184.216.34/x"}
    made = ana.ask("POST", path, {**hook, "events": ["post.unpinned"]}).json
    assert len(made["secret"]) >= 40
    listed = ana.ask("GET", path).json["items"]
    assert [(each["id"], each["state"], "secret" in each) for each in listed] == [(made["id"], "active", False)]
    one = f"{path}/{made['id']}"
    assert ana.ask("PATCH", one, {"state": "paused"}).json["state"] == "paused"
    publish(ana, channel)
    assert ana.ask("GET", path).json["items"][0]["behind"] == 1
    assert ana.ask("POST", f"{one}/replay", {"from_seq": 1}).json["state"] == "active"
    assert ana.ask("GET", f"{one}/deliveries").json == {"items": [], "next": None}
    assert [ana.ask("DELETE", one).status for _ in range(2)] == [204, 204]
    assert ana.ask("GET", path).json["items"] == []


def test_a_deleted_channel_is_gone_for_everybody(ana: Person, ben: Person, channel: str) -> None:
    post = publish(ana, channel).json["id"]
    assert ana.ask("DELETE", f"{BASE}/{channel}").status == 204
    for person in (ana, ben):
        assert person.ask("GET", f"{BASE}/{channel}").code == "unknown_channel"
        assert person.ask("GET", f"/v1/posts/{post}").code == "unknown_post"
