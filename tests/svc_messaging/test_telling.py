"""Whom the event of a new message names."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from contracts.base import new_id
from plumbing import codec
from svc_messaging.actions import blocks
from svc_messaging.models import Outbox


@pytest.fixture
def told(room):
    """The last `message_created` of the room, as it will be published."""

    def find():
        query = (
            select(Outbox.body)
            .where(Outbox.name.startswith("message_created"))
            .order_by(Outbox.version.desc())
            .limit(1)
        )
        with room.db.reading() as session:
            return codec.decode(bytes(session.scalar(query)))

    return find


def mention(*people):
    return [{"type": "mention", "offset": at, "length": 1, "user_id": who} for at, who in enumerate(people)]


def test_only_members_are_named(room, told):
    room.message(room.ada, "hello", entities=mention(room.bob, new_id(), room.eve))
    assert told()["mentions"] == [room.bob, room.eve]


def test_who_blocked_the_author_is_not_named(room, told):
    with room.db.transaction() as session:
        blocks.block(session, room.bob, room.ada)
    room.message(room.ada, "hello", entities=mention(room.bob, room.eve))
    assert told()["mentions"] == [room.eve]


def test_an_answer_names_the_author_of_what_it_answers(room, told):
    first = room.message(room.bob, "hello")
    room.message(room.ada, "hello", reply_to=first["id"])
    assert told()["reply_to_author"] == room.bob
    room.message(room.bob, "me again", reply_to=first["id"])
    assert told()["reply_to_author"] is None


def test_only_a_message_that_addresses_somebody_says_so_to_the_broker(room):
    first = room.message(room.bob, "hello")
    room.message(room.ada, "hello", entities=mention(room.bob))
    room.message(room.ada, "hello", entities=mention(room.ada))
    room.message(room.ada, "hello", reply_to=first["id"])
    with room.db.reading() as session:
        topics = session.scalars(
            select(Outbox.name).where(Outbox.name.startswith("message_created")).order_by(Outbox.version)
        ).all()
    plain, addressed = "message_created", "message_created.addressed"
    assert topics[-4:] == [plain, addressed, plain, addressed]
