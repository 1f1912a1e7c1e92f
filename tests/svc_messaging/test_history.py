"""Reading, editing, deleting and forwarding."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select, text, update

from contracts.base import new_id
from contracts.messaging import (
    MessageEmpty,
    NotYourMessage,
    UnknownConversation,
    UnknownMessage,
)
from plumbing.database import Transactions
from svc_messaging.actions import editing, forwarding, history, members, pages
from svc_messaging.message_models import Edit
from svc_messaging.models import Message
from tests.svc_messaging.rooms import Room, make_room


def seqs(db: Transactions, room: Room, user: str, limit: int = 50, **mark: int) -> list[int]:
    with db.reading() as session:
        return [each["seq"] for each in history.list_messages(session, room.id, user, limit, **mark)]


@pytest.fixture
def ten(room: Room) -> Room:
    """A room with ten messages."""
    for number in range(10):
        room.message(room.ada, f"m{number}")
    return room


def test_pages_run_from_any_number(ten: Room, db: Transactions) -> None:
    assert seqs(db, ten, ten.bob, 3) == [8, 9, 10]
    assert seqs(db, ten, ten.bob, 3, before_seq=8) == [5, 6, 7]
    assert seqs(db, ten, ten.bob, 3, after_seq=2) == [3, 4, 5]
    assert seqs(db, ten, ten.bob, 5, around_seq=5) == [3, 4, 5, 6, 7]
    assert seqs(db, ten, ten.bob, 1, around_seq=5) == [5]
    assert seqs(db, ten, ten.bob, 5, after_seq=10) == []


def shared(
    db: Transactions, room: Room, user: str, kind: str, limit: int = 50, before_seq: int | None = None
) -> list[int]:
    with db.reading() as session:
        found = history.list_shared(session, room.id, user, kind, limit, before_seq)
    return [each["seq"] for each in found]  # type: ignore[misc]


def test_what_carries_media_and_links_is_found_by_itself(ten: Room, db: Transactions) -> None:
    link = {"type": "link", "offset": 0, "length": 4, "url": "https://example.org"}
    ten.message(ten.ada, "look", media_ids=[new_id()])  # 11
    ten.message(ten.bob, "here", entities=[link])  # 12
    ten.message(ten.ada, "see HTTPS://example.org/a", media_ids=[new_id(), new_id()])  # 13
    ten.message(ten.ada, "https is not one, nor is www")  # 14
    assert shared(db, ten, ten.bob, "media") == [11, 13]
    assert shared(db, ten, ten.bob, "links") == [12, 13]
    assert shared(db, ten, ten.bob, "media", 1) == [13]
    assert shared(db, ten, ten.bob, "media", 1, 13) == [11]
    assert shared(db, ten, ten.bob, "media", 1, 11) == []


def test_what_was_deleted_or_hidden_is_not_shared_any_more(ten: Room, db: Transactions) -> None:
    made = [ten.message(ten.ada, "https://example.org", media_ids=[new_id()]) for _ in range(3)]
    with db.transaction() as session:
        editing.delete_message(session, made[0]["id"], ten.ada)
        editing.hide_message(session, made[1]["id"], ten.bob)
    for kind in ("media", "links"):
        assert shared(db, ten, ten.bob, kind) == [13]
        assert shared(db, ten, ten.ada, kind) == [12, 13]
        with pytest.raises(UnknownConversation):
            shared(db, ten, ten.zoe, kind)


@pytest.mark.parametrize("kind", ["media", "links"])
def test_what_is_shared_is_found_by_its_index(ten: Room, db: Transactions, kind: str) -> None:
    values = {"user_id": ten.ada, "after": 0, "before": 2**62, "conversation_id": ten.id, "limit": 10}
    with db.transaction() as session:
        session.execute(text("SET LOCAL enable_seqscan = off"))
        pages.SHARED[kind].run(session, **values)
        given = ", ".join(repr(each) for each in values.values())
        plan = "\n".join(session.scalars(text(f"EXPLAIN EXECUTE {pages.SHARED[kind].name} ({given})")))
    assert f"messages_with_{kind}" in plan


def test_strangers_read_nothing(ten: Room, db: Transactions) -> None:
    message = ten.message(ten.ada)
    with pytest.raises(UnknownConversation):
        seqs(db, ten, ten.zoe)
    with db.reading() as session, pytest.raises(UnknownMessage):
        history.get_message(session, message["id"], ten.zoe)
    with db.reading() as session, pytest.raises(UnknownMessage):
        history.list_thread(session, message["id"], ten.zoe, 10, 0)
    with db.reading() as session, pytest.raises(UnknownMessage):
        history.list_edits(session, message["id"], ten.zoe)


def test_those_who_left_read_nothing(ten: Room, db: Transactions) -> None:
    with db.transaction() as session:
        members.remove_member(session, ten.id, ten.bob, ten.bob)
    with pytest.raises(UnknownConversation):
        seqs(db, ten, ten.bob)
    assert ten.send(ten.bob)["error"]["code"] == "unknown_conversation"


def test_new_members_read_the_whole_history_and_have_nothing_unread(ten: Room, db: Transactions, unread) -> None:  # type: ignore[no-untyped-def]
    with db.transaction() as session:
        members.add_members(session, ten.id, ten.ada, [ten.zoe])
    assert seqs(db, ten, ten.zoe) == list(range(1, 12))
    assert unread(ten.id, ten.zoe) == 0


def test_an_edit_keeps_the_earlier_text(room: Room, db: Transactions) -> None:
    message = room.message(room.ada, "one")
    with db.transaction() as session:
        edited = editing.edit_message(session, message["id"], room.ada, "two", [])
    assert (edited["text"], edited["ver"], edited["seq"]) == ("two", message["ver"], message["seq"])
    assert edited["edited_at"] is not None
    with db.reading() as session:
        assert [each["text"] for each in history.list_edits(session, message["id"], room.bob)] == ["one"]


def test_the_same_text_is_no_edit(room: Room, db: Transactions) -> None:
    message = room.message(room.ada, "one")
    with db.transaction() as session:
        assert editing.edit_message(session, message["id"], room.ada, "one", [])["edited_at"] is None
    assert room.message(room.bob)["ver"] == 2


def test_only_authors_edit(room: Room, db: Transactions) -> None:
    message = room.message(room.bob)
    with db.transaction() as session, pytest.raises(NotYourMessage):
        editing.edit_message(session, message["id"], room.ada, "two", [])
    with db.transaction() as session, pytest.raises(UnknownMessage):
        editing.edit_message(session, message["id"], room.zoe, "two", [])
    with db.transaction() as session, pytest.raises(MessageEmpty):
        editing.edit_message(session, message["id"], room.bob, " ", [])


def test_a_deleted_message_keeps_its_place_and_nothing_else(room: Room, db: Transactions) -> None:
    message = room.message(room.bob, "secret", media_ids=[new_id()], client_msg_id="b1")
    with db.transaction() as session:
        editing.edit_message(session, message["id"], room.bob, "secret 2", [])
        editing.delete_message(session, message["id"], room.bob)
    with db.reading() as session:
        shown = history.get_message(session, message["id"], room.ada)
        assert session.scalar(select(func.count()).select_from(Edit)) == 0
        assert session.scalar(select(Message.text)) == ""
    assert (shown["deleted"], shown["text"], shown["media_ids"], shown["seq"]) == (True, "", [], 1)
    assert room.send(room.bob, "secret", client_msg_id="b1")["error"]["code"] == "idempotency_mismatch"


def test_a_replay_of_a_deleted_message_shows_it_deleted(room: Room, db: Transactions) -> None:
    message = room.message(room.bob, "secret", client_msg_id="b1")
    with db.transaction() as session:
        editing.delete_message(session, message["id"], room.bob)
    again = room.send(room.bob, "secret", client_msg_id="b1")
    assert (again["replayed"], again["message"]["deleted"], again["message"]["id"]) == (True, True, message["id"])


def test_moderators_delete_for_all_and_members_only_their_own(room: Room, db: Transactions) -> None:
    of_bob, of_eve = room.message(room.bob), room.message(room.eve)
    with db.transaction() as session, pytest.raises(NotYourMessage):
        editing.delete_message(session, of_eve["id"], room.bob)
    with db.transaction() as session:
        editing.delete_message(session, of_bob["id"], room.ada)
        editing.delete_message(session, of_bob["id"], room.ada)
        members.set_member_role(session, room.id, room.ada, room.bob, "moderator")
        editing.delete_message(session, of_eve["id"], room.bob)
    assert room.message(room.ada)["ver"] == 6


def test_deleted_messages_are_no_longer_unread(room: Room, db: Transactions, unread) -> None:  # type: ignore[no-untyped-def]
    first, _ = room.message(room.bob), room.message(room.bob)
    with db.transaction() as session:
        editing.delete_message(session, first["id"], room.bob)
    assert (unread(room.id, room.ada), unread(room.id, room.bob)) == (1, 0)


def test_a_message_deleted_for_me_is_there_for_the_others(room: Room, db: Transactions) -> None:
    message = room.message(room.bob)
    with db.transaction() as session:
        editing.hide_message(session, message["id"], room.ada)
    assert (seqs(db, room, room.ada), seqs(db, room, room.bob)) == ([], [1])
    with db.reading() as session, pytest.raises(UnknownMessage):
        history.get_message(session, message["id"], room.ada)


def test_an_expired_message_is_not_shown(room: Room, db: Transactions) -> None:
    message = room.message(room.bob, ttl_s=60)
    assert seqs(db, room, room.ada) == [1]
    with db.transaction() as session:
        session.execute(update(Message).values(expires_at=datetime.now(UTC)))
    assert seqs(db, room, room.ada) == []
    with db.reading() as session, pytest.raises(UnknownMessage):
        history.get_message(session, message["id"], room.ada)


def test_a_thread_is_read_from_any_of_its_messages(room: Room, db: Transactions) -> None:
    root = room.message(room.ada)
    room.message(room.ada)
    one = room.message(room.bob, reply_to=root["id"])
    two = room.message(room.eve, reply_to=one["id"])
    for start in (root, two):
        with db.reading() as session:
            thread = history.list_thread(session, start["id"], room.ada, 10, 0)
        assert [each["id"] for each in thread] == [one["id"], two["id"]]


def test_a_forward_names_its_origin_and_is_sent_once(room: Room, db: Transactions) -> None:
    other = make_room(db)
    with db.transaction() as session:
        members.add_members(session, other.id, other.ada, [room.bob])
    original = room.message(room.ada, "news")
    with db.transaction() as session:
        first = forwarding.forward_message(session, original["id"], room.bob, other.id, "f1")
    assert first["message"]["text"] == "news"
    assert first["message"]["forwarded_from"] == {
        "conversation_id": room.id,
        "message_id": original["id"],
        "author_id": room.ada,
        "created_at": original["created_at"],
    }
    with db.transaction() as session:
        editing.delete_message(session, original["id"], room.ada)
        again = forwarding.forward_message(session, original["id"], room.bob, other.id, "f1")
    assert (again["replayed"], again["message"]["id"]) == (True, first["message"]["id"])
    with db.transaction() as session, pytest.raises(UnknownMessage):
        forwarding.forward_message(session, original["id"], room.bob, other.id, "f2")


def test_what_one_cannot_read_one_cannot_forward(room: Room, db: Transactions) -> None:
    other = make_room(db)
    message = other.message(other.ada)
    with db.transaction() as session, pytest.raises(UnknownMessage):
        forwarding.forward_message(session, message["id"], room.ada, room.id, "f1")
    mine = room.message(room.ada)
    with db.transaction() as session:
        refused = forwarding.forward_message(session, mine["id"], room.ada, other.id, "f1")
    assert refused["error"]["code"] == "unknown_conversation"


def test_the_author_of_a_forward_is_not_named_after_they_left(room: Room, db: Transactions) -> None:
    message = room.message(room.bob)
    with db.transaction() as session:
        members.remove_member(session, room.id, room.ada, room.bob)
        copy = forwarding.forward_message(session, message["id"], room.eve, room.id, "f1")
    assert copy["message"]["forwarded_from"]["author_id"] is None  # type: ignore[index]
