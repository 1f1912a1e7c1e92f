"""Every route of advertising x every role."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from ad_rights import ROLES, TABLE
from channels import Channel, done
from client import Person, ask
from media_people import eventually
from rights import filled, fits

from contracts.clock import rfc3339

People = dict[str, Person]
Things = dict[str, str]


@pytest.fixture(scope="module")
def people(new_person: Callable[[str], Person], make_admin: Callable[[Person], Person]) -> People:
    found = {name: new_person(name) for name in (*ROLES[1:], "admin")}
    admin, moderator = make_admin(found["admin"]), found["moderator"]
    done(admin, "PUT", f"/v1/users/{moderator.id}/roles", {"roles": ["user", "moderator"]})
    return {**found, "moderator": Person.login(moderator.username)}


@pytest.fixture(scope="module")
def scene(people: People) -> Things:
    """What nobody changes for good: a channel that svc_ads has heard of, and an advertiser."""
    channel = Channel(people["owner"])
    channel.follow(people["follower"])
    eventually(lambda: people["owner"].ask("GET", f"/v1/channels/{channel.id}/ads").json.get("possible"))
    done(people["advertiser"], "PUT", "/v1/advertiser", {"name": "The bakery"})
    now = datetime.now(UTC)
    return {
        "channel": channel.id,
        "advertiser": people["advertiser"].id,
        "unknown": str(uuid.uuid4()),
        "starts": rfc3339(now),
        "ends": rfc3339(now + timedelta(days=7)),
    }


def _campaign(advertiser: Person, scene: Things) -> Things:
    """Return the scene with a draft that has a creative."""
    made = done(advertiser, "POST", "/v1/campaigns", filled(TABLE["create_campaign"].body, scene))
    creative = done(
        advertiser, "POST", f"/v1/campaigns/{made['id']}/creatives", TABLE["create_creative"].body
    )  # fmt: skip
    return {**scene, "campaign": made["id"], "creative": creative["id"]}


@pytest.mark.parametrize("operation", TABLE)
def test_each_role_gets_what_the_table_says(operation: str, people: People, scene: Things) -> None:
    row, wrong = TABLE[operation], []
    things: Things = {}
    for role in ROLES:
        things = things or _campaign(people["advertiser"], scene)
        token = people[role].token if role in people else None
        reply = ask(row.method, filled(row.path, things), filled(row.body, things), token=token)
        if not fits(row.cells[role], reply.status, reply.raw):
            wrong.append(f"{role}: {row.cells[role]} expected, got {reply.status} {reply.raw[:200]!r}")
        if reply.status < 400 and row.method != "GET":
            things = {}
    assert not wrong, "\n".join(wrong)


def test_a_private_channel_is_unknown_to_who_is_not_in_it(people: People, scene: Things) -> None:
    channel = Channel(people["owner"], "private")
    assert people["stranger"].ask("GET", f"/v1/channels/{channel.id}/ads").status == 404
    assert people["stranger"].ask("GET", f"/v1/channels/{channel.id}/ad?at_seq=1").status in (204, 404)
    assert channel.do("GET", "/ads")["possible"] is False
    refused = people["owner"].ask("PATCH", f"/v1/channels/{channel.id}/ads", {"enabled": True})
    assert (refused.status, refused.json["code"]) == (409, "ads_impossible")
