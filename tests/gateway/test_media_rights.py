"""Every route of media x every role, for a media in a message and for one in a post."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from channels import Channel, done
from client import Person, ask
from media_people import eventually, readable, upload
from media_rights import ROLES, TABLE
from rights import filled, fits

People = dict[str, Person]
Things = dict[str, str]


@pytest.fixture(scope="module")
def people(new_person: Callable[[str], Person], make_admin: Callable[[Person], Person]) -> People:
    found = {name: new_person(name) for name in ROLES[1:]}
    found["admin"] = make_admin(found["admin"])
    return found


def _in_a_message(people: People, media: str) -> None:
    owner = people["owner"]
    group = owner.make_group([people["reader"], people["removed"]])
    done(owner, "DELETE", f"/v1/conversations/{group}/members/{people['removed'].id}")
    assert owner.send(group, "look", media_ids=[media]).status == 201


def _in_a_post(people: People, media: str) -> None:
    channel = Channel(people["owner"], "private")
    for name in ("reader", "removed"):
        assert channel.invite(people[name]) == "joined"
    channel.do("DELETE", f"/followers/{people['removed'].id}")
    channel.post("look", media_ids=[media])


CARRIERS = {"message": _in_a_message, "post": _in_a_post}


@pytest.fixture(scope="module", params=CARRIERS)
def scene(request: pytest.FixtureRequest, people: People) -> Callable[[], Things]:
    """Gives the present scene, and a new one where its media was deleted."""
    things: Things = {}

    def give() -> Things:
        if not things or not readable(people["owner"], things["media"]):
            media = upload(people["owner"])
            CARRIERS[request.param](people, media)
            eventually(lambda: readable(people["reader"], media))
            things.update(media=media, owner=people["owner"].id, unknown=str(uuid.uuid4()))
        return things

    return give


@pytest.mark.parametrize("operation", TABLE)
def test_each_role_gets_what_the_table_says(operation: str, people: People, scene: Callable[[], Things]) -> None:
    row = TABLE[operation]
    wrong = []
    for role in ROLES:
        things = scene()
        token = people[role].token if role in people else None
        reply = ask(row.method, filled(row.path, things), filled(row.body, things), token=token)
        if not fits(row.cells[role], reply.status, reply.raw):
            wrong.append(f"{role}: {row.cells[role]} expected, got {reply.status} {reply.raw[:200]!r}")
        if row.shows is not None and (things["media"].encode() in reply.raw) != (role in row.shows):
            wrong.append(f"{role}: got {reply.raw[:200]!r}")
        if operation == "delete_media" and readable(people["owner"], things["media"]) == (role == "owner"):
            wrong.append(f"{role}: deleted {role != 'owner'}")
    assert not wrong, "\n".join(wrong)
