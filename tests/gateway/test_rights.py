"""Every route x every role: what the table says is what happens, and no cell is missing."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import ad_rights
import channel_rights
import media_rights
import payment_rights
import pytest
from client import Person, ask
from rights import ROLES, TABLE, filled, fits, named

People = dict[str, Person]


@pytest.fixture(scope="module")
def people(new_person: Callable[[str], Person], make_admin: Callable[[Person], Person]) -> People:
    """One person for each role, and a bystander who is a member."""
    names = (*ROLES[1:], "bystander")
    found = {name: new_person(name) for name in names}
    found["admin"] = make_admin(found["admin"])
    return found


def _things(people: People, operation: str) -> dict[str, str]:
    """Return what the operation's row may name; a conversation is set up only for one that names something of it."""
    found = {
        "bystander": people["bystander"].id,
        "stranger": people["stranger"].id,
        "unknown": str(uuid.uuid4()),
        "new_id": str(uuid.uuid4()),
        "new_name": f"n{secrets.token_hex(6)}",
    }
    if named(TABLE[operation]) - found.keys():
        found |= _scene(people)
        _rare_things(operation, people, found)
    return found


def _scene(people: People) -> dict[str, str]:
    """Set up a conversation with everybody in their role, and return the ids of what is there."""
    owner = people["owner"]
    conversation = owner.make_group([people[name] for name in ("removed", "member", "moderator", "bystander")])
    base = f"/v1/conversations/{conversation}"
    assert owner.ask("PATCH", f"{base}/members/{people['moderator'].id}", {"role": "moderator"}).status == 200
    assert owner.ask("DELETE", f"{base}/members/{people['removed'].id}").status == 204
    poll = owner.send(conversation, "", poll={"question": "Tea?", "options": ["yes", "no"]})
    assert poll.status == 201, poll.raw
    message = people["member"].send(conversation, "hello there").json["id"]
    return {"conversation": conversation, "message": message, "poll": poll.json["id"]}


def _rare_things(operation: str, people: People, things: dict[str, str]) -> None:
    conversation = things["conversation"]
    if operation == "cancel_scheduled":
        later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
        things["scheduled"] = people["owner"].send(conversation, "later", send_at=later).json["id"]
    if "webhook" in operation:
        made = people["owner"].ask("POST", f"/v1/conversations/{conversation}/webhooks", {"name": "Builds"})
        things["webhook"] = made.json["id"]
    if operation in ("resolve_report", "get_report"):
        body = {"conversation_id": conversation, "reason": "spam", "message_id": things["message"]}
        things["report"] = people["owner"].ask("POST", "/v1/reports", body).json["id"]


def test_every_operation_has_a_row(stack: str) -> None:
    document = ask("GET", "/v1/openapi.json").json
    operations = {found["operationId"] for path in document["paths"].values() for found in path.values()}
    of_channels = {row.partition(":")[0] for row in channel_rights.TABLE}
    elsewhere = {*media_rights.TABLE, *payment_rights.TABLE, *ad_rights.TABLE}
    assert operations == set(TABLE) | of_channels | elsewhere


@pytest.mark.parametrize("operation", TABLE)
def test_each_role_gets_what_the_table_says(operation: str, people: People) -> None:
    row = TABLE[operation]
    wrong = []
    things: dict[str, str] = {}
    for role in ROLES:
        things = things or _things(people, operation)
        caller = people.get(role)
        if operation == "logout" and caller is not None:
            caller = Person.login(caller.username)
        token = caller.token if caller is not None else None
        reply = ask(row.method, filled(row.path, things), filled(row.body, things), token=token)
        if not fits(row.cells[role], reply.status, reply.raw):
            wrong.append(f"{role}: {row.cells[role]} expected, got {reply.status} {reply.raw[:200]!r}")
        if operation == "block_user" and caller is not None:
            caller.ask("DELETE", f"/v1/blocks/{people['bystander'].id}")
        if reply.status < 400 and row.method != "GET":
            things = {}  # the next one finds what nobody has changed
    assert not wrong, "\n".join(wrong)
