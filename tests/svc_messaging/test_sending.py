"""Sending: exactly once, gap-free, and every item for itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import func, select, text

from contracts.base import ServiceError, new_id
from contracts.messaging import (
    EntityInvalid,
    MessageEmpty,
    PollInvalid,
    ReplyInvalid,
    SendTimeInvalid,
    TextTooLong,
)
from plumbing.database import Transactions
from svc_messaging import live
from svc_messaging.actions import conversations, sending
from svc_messaging.actions.blocks import block, unblock
from svc_messaging.models import Message
from tests.svc_messaging.rooms import Room, make_room


def test_messages_are_numbered_without_gaps(room: Room) -> None:
    sent = [room.message(author) for author in (room.ada, room.bob, room.eve, room.ada)]
    assert [(each["seq"], each["ver"]) for each in sent] == [(1, 1), (2, 2), (3, 3), (4, 4)]


def test_same_id_with_the_same_body_is_a_replay(room: Room) -> None:
    first = room.send(room.ada, "once", client_msg_id="a1")
    again = room.send(room.ada, "once", client_msg_id="a1")
    assert again == {"message": first["message"], "replayed": True}
    assert room.message(room.bob)["seq"] == 2


def test_same_id_with_another_body_is_refused(room: Room) -> None:
    room.send(room.ada, "once", client_msg_id="a1")
    assert room.send(room.ada, "twice", client_msg_id="a1")["error"]["code"] == "idempotency_mismatch"


def test_the_same_id_belongs_to_its_author_and_conversation(room: Room, db: Transactions) -> None:
    other = make_room(db)
    assert room.message(room.ada, client_msg_id="a1")["seq"] == 1
    assert room.message(room.bob, client_msg_id="a1")["seq"] == 2
    assert other.message(other.ada, client_msg_id="a1")["seq"] == 1


def test_two_items_with_one_id_in_a_batch_are_one_message(room: Room, db: Transactions) -> None:
    items = [room.compose(room.ada, text, client_msg_id="a1") for text in ("x", "x", "y")]
    with db.transaction() as session:
        first, second, third = sending.send_all(session, items)
    assert second["message"] == first["message"]
    assert second["replayed"] is True
    assert third["error"]["code"] == "idempotency_mismatch"


def test_a_bad_item_harms_no_other(room: Room, db: Transactions) -> None:
    items = [room.compose(room.ada), room.compose(room.zoe), room.compose(room.bob)]
    with db.transaction() as session:
        one, two, three = sending.send_all(session, items)
    assert (one["message"]["seq"], three["message"]["seq"]) == (1, 2)
    assert two["error"]["code"] == "unknown_conversation"


@pytest.mark.parametrize(
    ("facts", "error"),
    [
        ({"text": "x" * 8001}, TextTooLong),
        ({"text": " \n"}, MessageEmpty),
        ({"text": "a\x00b"}, ServiceError),
        ({"text": "a\ud800b"}, ServiceError),
        ({"text": 5}, ServiceError),
        ({"text": "hi", "unknown": 1}, ServiceError),
        ({"text": "hi", "client_msg_id": ""}, ServiceError),
        ({"text": "hi", "client_msg_id": "x" * 101}, ServiceError),
        ({"text": "hi", "conversation_id": "7"}, ServiceError),
        ({"text": "hi", "reply_to": "7"}, ReplyInvalid),
        ({"text": "hi", "ttl_s": 0}, ServiceError),
        ({"text": "hi", "ttl_s": True}, ServiceError),
        ({"text": "hi", "media_ids": ["x"]}, ServiceError),
        ({"text": "hi", "send_at": "tomorrow"}, SendTimeInvalid),
        ({"text": "hi", "send_at": "2030-01-01T00:00:00"}, SendTimeInvalid),
        ({"text": "hi", "entities": [{"type": "bold", "offset": 1, "length": 2}]}, EntityInvalid),
        ({"text": "hi", "entities": [{"type": "blink", "offset": 0, "length": 1}]}, EntityInvalid),
        (
            {"text": "hi", "entities": [{"type": "link", "offset": 0, "length": 1, "url": "data:x"}]},
            EntityInvalid,
        ),
        ({"text": "hi", "entities": [{"type": "bold", "offset": 0, "length": 1}] * 201}, EntityInvalid),
        ({"text": "", "poll": {"question": "q", "options": ["a"]}}, PollInvalid),
        ({"text": "", "poll": {"question": "q", "options": ["a", "a"]}}, PollInvalid),
        ({"text": "", "poll": {"question": " ", "options": ["a", "b"]}}, PollInvalid),
        ({"text": "", "poll": {"question": "q", "options": ["a", "b"], "closes_at": "x"}}, PollInvalid),
    ],
)
def test_what_does_not_fit_is_refused(room: Room, facts: dict[str, Any], error: type[ServiceError]) -> None:
    with pytest.raises(error) as caught:
        room.compose(room.ada, **facts)
    assert caught.value.kind == "invalid"


def test_entities_and_media_are_kept(room: Room) -> None:
    entities = [{"type": "mention", "offset": 0, "length": 4, "user_id": room.bob}]
    media = [new_id(), new_id()]
    message = room.message(room.ada, "@bob", entities=entities, media_ids=media)
    assert (message["entities"], message["media_ids"]) == (entities, media)


def test_a_reply_belongs_to_the_thread_of_what_it_answers(room: Room, db: Transactions) -> None:
    root = room.message(room.ada)
    reply = room.message(room.bob, reply_to=root["id"])
    deeper = room.message(room.eve, reply_to=reply["id"])
    assert (reply["thread_root"], deeper["thread_root"], deeper["reply_to"]) == (root["id"], root["id"], reply["id"])
    with db.reading() as session:
        assert session.scalar(select(Message.reply_count).where(Message.id == root["id"])) == 2


def test_a_reply_across_conversations_is_refused(room: Room, db: Transactions) -> None:
    other = make_room(db)
    elsewhere = other.message(other.ada)
    assert room.send(room.ada, reply_to=elsewhere["id"])["error"]["code"] == "reply_invalid"


def test_a_poll_is_stored_with_its_message(room: Room) -> None:
    message = room.message(room.ada, "", poll={"question": "Tea?", "options": ["yes", "no"]})
    assert message["kind"] == "poll"
    assert [option["text"] for option in message["poll"]["options"]] == ["yes", "no"]
    assert room.send(room.ada, "", poll={"question": "Tea?", "options": ["yes", "no"]})["message"]["seq"] == 2


def test_ttl_sets_when_a_message_expires(room: Room) -> None:
    message = room.message(room.ada, ttl_s=60)
    gap = datetime.fromisoformat(message["expires_at"]) - datetime.fromisoformat(message["created_at"])
    assert gap == timedelta(seconds=60)


def test_a_later_message_waits_and_its_id_is_taken(room: Room) -> None:
    at = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    first = room.send(room.ada, "later", client_msg_id="a1", send_at=at)
    again = room.send(room.ada, "later", client_msg_id="a1", send_at=at)
    assert again == {"scheduled": first["scheduled"], "replayed": True}
    assert room.send(room.ada, "now", client_msg_id="a1")["error"]["code"] == "idempotency_mismatch"
    assert room.message(room.bob)["seq"] == 1


@pytest.mark.parametrize("hours", [-1, 24 * 400])
def test_a_time_that_passed_or_is_too_far_is_refused(room: Room, hours: int) -> None:
    at = (datetime.now(UTC) + timedelta(hours=hours)).isoformat()
    assert room.send(room.ada, send_at=at)["error"]["code"] == "send_time_invalid"


def test_slow_mode_holds_members_back_but_not_moderators(room: Room, db: Transactions) -> None:
    with db.transaction() as session:
        conversations.update_conversation(session, room.id, room.ada, {"slow_mode_s": 30})
    room.message(room.bob, client_msg_id="b1")
    error = room.send(room.bob)["error"]
    assert error["code"] == "slow_mode"
    assert 1 <= error["facts"]["retry_after_s"] <= 30
    assert room.send(room.bob, client_msg_id="b1")["replayed"] is True
    assert [room.message(room.ada)["kind"], room.message(room.ada)["kind"]] == ["text", "text"]


def test_slow_mode_counts_within_a_batch(room: Room, db: Transactions) -> None:
    with db.transaction() as session:
        conversations.update_conversation(session, room.id, room.ada, {"slow_mode_s": 30})
    with db.transaction() as session:
        one, two = sending.send_all(session, [room.compose(room.bob), room.compose(room.bob)])
    assert "message" in one
    assert two["error"]["code"] == "slow_mode"


def test_nobody_writes_past_a_block_in_a_direct_chat(direct: Room, db: Transactions) -> None:
    direct.message(direct.ada, "first", client_msg_id="a1")
    with db.transaction() as session:
        block(session, direct.bob, direct.ada)
    assert direct.send(direct.ada)["error"]["code"] == "blocked"
    assert direct.send(direct.bob)["error"]["code"] == "blocked"
    assert direct.send(direct.ada, "first", client_msg_id="a1")["replayed"] is True
    with db.transaction() as session:
        unblock(session, direct.bob, direct.ada)
    assert direct.message(direct.ada)["seq"] == 2


def test_each_message_has_an_event_and_a_frame(room: Room, db: Transactions) -> None:
    with db.transaction() as session:
        items = [room.compose(room.ada), room.compose(room.bob)]
        results = sending.send_all(session, items)
        frames = [(channel, msgspec.json.decode(frame)) for channel, frame in live.collected(session)]
        bodies = session.scalars(text("SELECT body FROM outbox WHERE name = 'message_created' ORDER BY version")).all()
    assert [channel for channel, _ in frames] == [f"conv:{room.id}"] * 2
    assert [frame["data"] for _, frame in frames] == [result["message"] for result in results]
    assert [frame["ver"] for _, frame in frames] == [1, 2]
    assert [msgspec.json.decode(bytes(body))["message_id"] for body in bodies] == [
        result["message"]["id"] for result in results
    ]


def test_unread_counts_others_messages_alone(room: Room, unread: Callable[[str, str], int]) -> None:
    for author in (room.ada, room.bob, room.ada, room.bob, room.eve):
        room.message(author)
    assert [unread(room.id, who) for who in (room.ada, room.bob, room.eve)] == [3, 3, 4]


def test_a_rolled_back_batch_leaves_nothing(room: Room, db: Transactions) -> None:
    def fail() -> None:
        with db.transaction() as session:
            sending.send_all(session, [room.compose(room.ada)])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Message)) == 0
    assert room.message(room.ada)["seq"] == 1
