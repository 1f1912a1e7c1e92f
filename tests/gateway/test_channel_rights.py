"""Every route of channels x every role, at a private and at a public channel."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from channel_rights import ROLES, TABLE
from client import Person, ask
from rights import filled, fits

People = dict[str, Person]
Things = dict[str, str]
BASE = "/v1/channels"


@pytest.fixture(scope="module", params=["private", "public"])
def visibility(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def people(new_person: Callable[[str], Person], make_admin: Callable[[Person], Person], visibility: str) -> People:
    """One person for each role, a bystander who follows, and an asker who waits to be let in."""
    found = {name: new_person(f"{name[:12]}{visibility[:3]}_") for name in (*ROLES[1:], "bystander", "asker")}
    admin = found["site_admin"] = make_admin(found["site_admin"])
    moderator = found["site_moderator"]
    roles = admin.ask("PUT", f"/v1/users/{moderator.id}/roles", {"roles": ["user", "moderator"]})
    assert roles.status == 200, roles.raw
    found["site_moderator"] = Person.login(moderator.username)
    return found


def _scene(people: People, visibility: str) -> Things:
    """Set up a channel with everybody in their role, and return the ids of what is there."""
    owner, handle = people["owner"], f"h{secrets.token_hex(8)}"
    channel = _made(owner, BASE, {"title": "Night owls", "visibility": visibility, "handle": handle})
    inside = ("removed", "follower", "author", "channel_admin", "bystander")
    code = _made(owner, f"{BASE}/{channel}/invites", {}, "code")
    for name in inside:
        assert people[name].ask("POST", "/v1/invites/accept", {"code": code}).json["state"] == "joined"
    for name, role in (("author", "author"), ("channel_admin", "admin")):
        reply = owner.ask("PATCH", f"{BASE}/{channel}/followers/{people[name].id}", {"role": role})
        assert reply.status == 200, reply.raw
    assert owner.ask("DELETE", f"{BASE}/{channel}/followers/{people['removed'].id}").status == 204
    news = {"client_post_id": "1", "text": "news", "comments": True}
    return {
        "channel": channel,
        "handle": handle,
        "code": code,
        "post": _made(people["author"], f"{BASE}/{channel}/posts", news),
        "other_visibility": "public" if visibility == "private" else "private",
        "bystander": people["bystander"].id,
        "asker": people["asker"].id,
        "unknown": str(uuid.uuid4()),
        "new_id": str(uuid.uuid4()),
    }


def _made(person: Person, path: str, body: object, wanted: str = "id", status: int = 201) -> str:
    reply = person.ask("POST", path, body)
    assert reply.status == status, reply.raw
    return str(reply.json[wanted])


def _rare_things(operation: str, people: People, things: Things) -> None:
    owner, base = people["owner"], f"{BASE}/{things['channel']}"
    if operation == "revoke_invite":
        things["invite"] = _made(owner, f"{base}/invites", {})
    if operation == "answer_join_request":
        code = _made(owner, f"{base}/invites", {"needs_approval": True}, "code")
        asked = people["asker"].ask("POST", "/v1/invites/accept", {"code": code})
        assert asked.json == {"state": "requested", "channel": None}
    if operation == "delete_post: another's":
        things["owners_post"] = _made(owner, f"{base}/posts", {"client_post_id": "2", "text": "mine"})
    if operation == "cancel_scheduled_post":
        later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
        body = {"client_post_id": "3", "text": "later", "publish_at": later}
        things["scheduled"] = _made(owner, f"{base}/posts", body, status=202)
    if "{observer}" in TABLE[operation].path:
        things["observer"] = _made(owner, f"{base}/observers", TABLE["create_observer"].body)


@pytest.mark.parametrize("operation", TABLE)
def test_each_role_gets_what_the_table_says(operation: str, people: People, visibility: str) -> None:
    row = TABLE[operation]
    cells = row.private if visibility == "private" else row.public
    wrong = []
    things: Things = {}
    for role in ROLES:
        if not things:
            things = _scene(people, visibility)
            _rare_things(operation, people, things)
        token = people[role].token if role in people else None
        reply = ask(row.method, filled(row.path, things), filled(row.body, things), token=token)
        if not fits(cells[role], reply.status, reply.raw):
            wrong.append(f"{role}: {cells[role]} expected, got {reply.status} {reply.raw[:200]!r}")
        if reply.status < 400 and row.method != "GET":
            things = {}  # the next one begins with a channel that nobody has changed
    assert not wrong, "\n".join(wrong)
