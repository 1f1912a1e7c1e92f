"""Bad input about channels: a clear refusal with a stable code, and nothing half done."""

from __future__ import annotations

import subprocess
import sys
import uuid
from collections.abc import Callable
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from channel_people import BASE, accept, begin, follow, invite, publish
from client import Person
from conftest import ROOT

from contracts.subscriptions import MAX_FOLLOWED, MAX_OBSERVERS, MAX_PUSH_ENDPOINTS


@pytest.fixture(scope="module")
def channel(ana: Person, ben: Person) -> str:
    """A public channel of Ana's that Ben follows."""
    made = begin(ana)
    follow(ben, made)
    return made


@pytest.fixture(scope="module")
def secret_channel(ana: Person) -> str:
    """A private channel of Ana's alone."""
    return begin(ana, "private")


CREATES: list[tuple[dict[str, Any], str]] = [
    ({}, "missing_field"),
    ({"title": "x"}, "missing_field"),
    ({"title": "", "visibility": "public"}, "invalid_field"),
    ({"title": "   ", "visibility": "public"}, "text_too_short"),
    ({"title": "x" * 101, "visibility": "public"}, "invalid_field"),
    ({"title": "x", "visibility": "hidden"}, "invalid_field"),
    ({"title": "x", "visibility": "public", "owner_id": str(uuid.uuid4())}, "unknown_field"),
    ({"title": "x", "visibility": "public", "verified": True}, "unknown_field"),
    ({"title": "x", "visibility": "public", "handle": "1ab"}, "handle_invalid"),
    ({"title": "x", "visibility": "public", "handle": "ñandú"}, "handle_invalid"),
    ({"title": "x", "visibility": "public", "handle": "x" * 33}, "handle_invalid"),
    ({"title": "x", "visibility": "public", "topics": ["t"] * 11}, "invalid_field"),
    ({"title": "x", "visibility": "public", "language": "English"}, "invalid_language"),
    ({"title": "x", "visibility": "public", "picture": "7"}, "invalid_field"),
    ({"title": "a\x00b", "visibility": "public"}, "nul_character"),
]


@pytest.mark.parametrize(("body", "code"), CREATES)
def test_a_bad_channel_is_refused(ana: Person, body: dict[str, Any], code: str) -> None:
    reply = ana.ask("POST", BASE, body)
    assert (reply.status, reply.code) == (400, code), reply.raw


def test_a_handle_is_taken_once_in_whatever_case(ana: Person, ben: Person) -> None:
    handle = f"h{uuid.uuid4().hex[:12]}"
    begin(ana, handle=handle)
    reply = ben.ask("POST", BASE, {"title": "x", "visibility": "public", "handle": handle.upper()})
    assert (reply.status, reply.code) == (409, "handle_taken")


POSTS: list[tuple[dict[str, Any], str]] = [
    ({"text": "x"}, "missing_field"),
    ({"client_post_id": "a"}, "post_empty"),
    ({"client_post_id": "a", "text": "  "}, "post_empty"),
    ({"client_post_id": "a", "text": "x" * 16_001}, "invalid_field"),
    ({"client_post_id": "", "text": "x"}, "invalid_field"),
    ({"client_post_id": "a", "text": "x", "author_id": str(uuid.uuid4())}, "unknown_field"),
    ({"client_post_id": "a", "text": "x", "publish_at": "2001-01-01T00:00:00Z"}, "publish_time_invalid"),
    ({"client_post_id": "a", "text": "x", "publish_at": "2999-01-01T00:00:00Z"}, "publish_time_invalid"),
    ({"client_post_id": "a", "text": "x", "publish_at": "2030-01-01T00:00:00"}, "invalid_field"),
    ({"client_post_id": "a", "text": "x", "entities": [{"type": "bold", "offset": 0, "length": 9}]}, "entity_invalid"),
    ({"client_post_id": "a", "text": "x", "media_ids": ["7"]}, "invalid_field"),
]


@pytest.mark.parametrize(("body", "code"), POSTS)
def test_a_bad_post_is_refused(ana: Person, channel: str, body: dict[str, Any], code: str) -> None:
    before = ana.ask("GET", f"{BASE}/{channel}").json["seq"]
    reply = ana.ask("POST", f"{BASE}/{channel}/posts", body)
    assert (reply.status, reply.code) == (400, code), reply.raw
    assert ana.ask("GET", f"{BASE}/{channel}").json["seq"] == before


REQUESTS: list[tuple[str, str, Any, int, str]] = [
    ("GET", "?limit=0", None, 400, "invalid_field"),
    ("GET", "?limit=1&limit=2", None, 400, "duplicate_key"),
    ("GET", "?nope=1", None, 400, "unknown_field"),
    ("GET", "?after=x", None, 400, "invalid_cursor"),
    ("GET", "/handles/1", None, 400, "handle_invalid"),
    ("GET", "/handles/nobody_has_this_one", None, 404, "unknown_channel"),
    ("GET", "/not-an-id", None, 404, "unknown_path"),
    ("PUT", "", {}, 405, "method_not_allowed"),
    ("PATCH", "/{channel}", {}, 400, "nothing_to_change"),
    ("PATCH", "/{channel}", {"title": None}, 400, "invalid_field"),
    ("GET", "/{channel}/log", None, 400, "missing_field"),
    ("GET", "/{channel}/log?after_seq=-1", None, 400, "invalid_field"),
    ("GET", "/{channel}/log?after_seq=0&limit=501", None, 400, "invalid_field"),
    ("GET", "/{channel}/posts?before_seq=3&after_seq=1", None, 400, "invalid_field"),
    ("GET", "/{channel}/stats?days=367", None, 400, "invalid_field"),
    ("POST", "/{channel}/read", {"up_to_seq": 2**53}, 400, "invalid_field"),
    ("POST", "/{channel}/subscription", {"level": "loud"}, 400, "invalid_field"),
    ("POST", "/{channel}/subscription", {"muted_until": "soon"}, 400, "invalid_field"),
    ("PATCH", "/{channel}/followers/{ana}", {"role": "king"}, 400, "invalid_field"),
    ("PATCH", "/{channel}/followers/{stranger}", {"role": "author"}, 404, "unknown_follower"),
    ("PATCH", "/{channel}/followers/{ana}", {"role": "admin"}, 409, "channel_last_owner"),
    ("POST", "/{channel}/invites", {"max_uses": 0}, 400, "invalid_field"),
    ("POST", "/{channel}/invites", {"expires_in_s": -1}, 400, "invalid_field"),
    ("DELETE", "/{channel}/invites/{stranger}", None, 404, "unknown_invite"),
    ("POST", "/{channel}/join-requests/{stranger}", {"accept": True}, 404, "unknown_join_request"),
    ("POST", "/{channel}/join-requests/{stranger}", {}, 400, "missing_field"),
    ("POST", "/{channel}/observers", {"kind": "carrier pigeon"}, 400, "invalid_field"),
    ("POST", "/{channel}/observers", {"kind": "webhook"}, 400, "url_wanted"),
    ("POST", "/{channel}/observers", {"kind": "digest"}, 400, "preferences_invalid"),
    ("POST", "/{channel}/observers/{stranger}/replay", {"from_seq": 0}, 404, "unknown_observer"),
]


@pytest.mark.parametrize(("method", "path", "body", "status", "code"), REQUESTS)
def test_a_bad_request_is_refused(
    ana: Person, eve: Person, channel: str, method: str, path: str, body: Any, status: int, code: str
) -> None:
    reply = ana.ask(method, BASE + path.format(channel=channel, ana=ana.id, stranger=eve.id), body)
    assert (reply.status, reply.code) == (status, code), reply.raw


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/hook", "https://10.0.0.1/", "https://192.168.1.1/", "https://[::1]/", "https://localhost/",
        "https://169.254.169.254/latest/meta-data", "https://[::ffff:127.0.0.1]/", "https://0x7f000001/",
        "https://user:word@93.184.216.34/", "ftp://93.184.216.34/", "https://93.184.216.34:22/", "nonsense",
    ],
)  # fmt: skip
def test_a_webhook_to_an_address_of_our_own_network_is_refused(ana: Person, channel: str, url: str) -> None:
    path = f"{BASE}/{channel}/observers"
    reply = ana.ask("POST", path, {"kind": "webhook", "url": url})
    assert (reply.status, reply.code) == (400, "address_refused"), reply.raw
    assert ana.ask("GET", path).json["items"] == []


def test_a_webhook_is_not_moved_to_such_an_address(ana: Person) -> None:
    path = f"{BASE}/{begin(ana)}/observers"
    hook = {"kind": "webhook", "url": "https://93.184.216.34/x"}
    made = ana.ask("POST", path, hook).json
    assert ana.ask("PATCH", f"{path}/{made['id']}", {"url": "http://127.0.0.1/"}).code == "address_refused"
    assert ana.ask("GET", path).json["items"][0]["url"] == hook["url"]
    for _ in range(MAX_OBSERVERS - 1):
        assert ana.ask("POST", path, hook).status == 201
    assert ana.ask("POST", path, hook).code == "too_many_observers"


FOREIGN: list[tuple[str, str, Any]] = [
    ("GET", "", None),
    ("PATCH", "", {"title": "mine now"}),
    ("DELETE", "", None),
    ("POST", "/subscription", {}),
    ("GET", "/posts", None),
    ("POST", "/posts", {"client_post_id": "a", "text": "x"}),
    ("GET", "/log?after_seq=0", None),
    ("POST", "/read", {"up_to_seq": 1}),
    ("GET", "/followers", None),
    ("POST", "/invites", {}),
    ("GET", "/observers", None),
    ("POST", "/observers", {"kind": "webhook", "url": "https://93.184.216.34/x"}),
]


@pytest.mark.parametrize(("method", "path", "body"), FOREIGN)
def test_a_foreign_private_channel_does_not_exist(
    eve: Person, secret_channel: str, unknown_id: str, method: str, path: str, body: Any
) -> None:
    private = eve.ask(method, f"{BASE}/{secret_channel}{path}", body)
    unknown = eve.ask(method, f"{BASE}/{unknown_id}{path}", body)
    assert (private.status, private.code) == (unknown.status, unknown.code) == (404, "unknown_channel")
    assert private.json["detail"] == unknown.json["detail"]


def test_what_hangs_below_one_channel_is_not_reached_through_another(ana: Person, ben: Person, channel: str) -> None:
    other = begin(ben)
    made = invite(ana, channel)
    hook = {"kind": "webhook", "url": "https://93.184.216.34/x"}
    observer = ben.ask("POST", f"{BASE}/{other}/observers", hook).json["id"]
    assert ben.ask("DELETE", f"{BASE}/{other}/invites/{made['id']}").code == "unknown_invite"
    assert ana.ask("POST", f"{BASE}/{channel}/observers/{observer}/replay", {"from_seq": 0}).code == "unknown_observer"
    assert ana.ask("DELETE", f"{BASE}/{channel}/observers/{observer}").status == 204
    assert [each["id"] for each in ben.ask("GET", f"{BASE}/{other}/observers").json["items"]] == [observer]


@pytest.mark.parametrize("code", ["nonsense", "ñ", "x" * 100])
def test_an_unknown_invitation_is_refused(eve: Person, code: str) -> None:
    assert (accept(eve, code).status, accept(eve, code).code) == (404, "unknown_invite")


def test_a_used_up_or_revoked_invitation_lets_nobody_in(
    ana: Person, ben: Person, eve: Person, secret_channel: str
) -> None:
    once = invite(ana, secret_channel, max_uses=1)
    assert accept(ben, once["code"]).json["state"] == "joined"
    assert accept(eve, once["code"]).code == "unknown_invite"
    revoked = invite(ana, secret_channel)
    assert ana.ask("DELETE", f"{BASE}/{secret_channel}/invites/{revoked['id']}").status == 204
    assert accept(eve, revoked["code"]).code == "unknown_invite"
    assert eve.ask("GET", f"{BASE}/{secret_channel}").code == "unknown_channel"


def test_an_expired_invitation_lets_nobody_in(ana: Person, eve: Person, secret_channel: str) -> None:
    made = invite(ana, secret_channel, expires_in_s=1)
    end = datetime.fromisoformat(made["expires_at"])
    while _now_there(ana) <= end:
        continue
    assert accept(eve, made["code"]).code == "unknown_invite"
    assert eve.ask("GET", f"{BASE}/{secret_channel}").code == "unknown_channel"


def _now_there(person: Person) -> datetime:
    """Return the server's clock, to the second."""
    return parsedate_to_datetime(person.ask("GET", "/healthz").headers["Date"])


_FILL = """
import sys
from sqlalchemy import create_engine, text
from plumbing.settings import settings
with create_engine(settings().database_url).begin() as connection:
    connection.execute(text(
        "INSERT INTO subscriptions (channel_id, user_id, since) "
        "SELECT gen_random_uuid(), CAST(:user_id AS uuid), now() FROM generate_series(1, :many)"
    ), {"user_id": sys.argv[1], "many": int(sys.argv[2])})
    connection.execute(text(
        "INSERT INTO followings (user_id, followed) VALUES (CAST(:user_id AS uuid), :many)"
    ), {"user_id": sys.argv[1], "many": int(sys.argv[2])})
"""


def test_nobody_follows_ten_thousand_channels(
    ana: Person, channel: str, new_person: Callable[[str], Person], environment_of: Callable[[str], dict[str, str]]
) -> None:
    keen = new_person("keen")
    command = [sys.executable, "-c", _FILL, keen.id, str(MAX_FOLLOWED)]
    subprocess.run(command, check=True, cwd=ROOT, env=environment_of("subscriptions"))  # noqa: S603
    before = ana.ask("GET", f"{BASE}/{channel}").json["follower_count"]
    for method, path, body in [
        ("POST", f"{BASE}/{channel}/subscription", {}),
        ("POST", BASE, {"title": "One more", "visibility": "public"}),
        ("POST", "/v1/invites/accept", {"code": invite(ana, channel)["code"]}),
    ]:
        reply = keen.ask(method, path, body)
        assert (reply.status, reply.code) == (429, "too_many_followed"), reply.raw
        assert reply.headers["Retry-After"]
    assert ana.ask("GET", f"{BASE}/{channel}").json["follower_count"] == before
    assert keen.ask("GET", f"{BASE}/{channel}").json["subscription"] is None


DEVICE = {
    "endpoint": "https://push.example.org/",
    "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    "auth": "BTBZMqHH6r4Tts7J_aSIgg",
}


@pytest.mark.parametrize(
    "changes",
    [{"endpoint": "x"}, {"endpoint": "ftp://push.example.org/"}, {"p256dh": "AAAA"}, {"p256dh": "é"}, {"auth": "*"}],
)
def test_what_is_no_push_subscription_is_refused(eve: Person, changes: dict[str, str]) -> None:
    reply = eve.ask("POST", "/v1/push/endpoints", {**DEVICE, **changes})
    assert (reply.status, reply.code) == (400, "push_endpoint_invalid"), reply.raw
    assert eve.ask("GET", "/v1/push/endpoints").json["items"] == []


def test_a_person_has_so_many_devices(new_person: Callable[[str], Person]) -> None:
    keen = new_person("keen")
    answers = [
        keen.ask("POST", "/v1/push/endpoints", {**DEVICE, "endpoint": f"{DEVICE['endpoint']}{number}"})
        for number in range(MAX_PUSH_ENDPOINTS + 1)
    ]
    assert {answer.status for answer in answers[:-1]} == {200}
    assert (answers[-1].status, answers[-1].code) == (409, "too_many_push_endpoints")


def test_a_post_takes_no_comments_unless_it_says_so(ana: Person, ben: Person, channel: str) -> None:
    post = publish(ana, channel).json["id"]
    reply = ben.ask("POST", f"/v1/posts/{post}/comments")
    assert (reply.status, reply.code) == (409, "comments_off")


@pytest.mark.parametrize("emoji", ["yes", "x" * 40, "👍👍"])
def test_what_is_no_emoji_is_refused(ana: Person, ben: Person, channel: str, emoji: str) -> None:
    post = publish(ana, channel).json["id"]
    assert ben.ask("PUT", f"/v1/posts/{post}/reactions/{emoji}").status == 400
