"""Catching up: changes without gaps, and what differs after an absence."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from contracts.base import new_id
from contracts.messaging import UnknownConversation
from plumbing.database import Transactions
from svc_messaging import live
from svc_messaging.actions import catching_up, changes, conversations, editing, members
from tests.svc_messaging.rooms import Room, make_room


def busy(room: Room, db: Transactions) -> list[dict[str, Any]]:
    """Do something of everything, and return the frames that were pushed for it."""
    frames: list[dict[str, Any]] = []
    one, two = room.message(room.ada, "one"), room.message(room.bob, "two")
    with db.transaction() as session:
        editing.edit_message(session, one["id"], room.ada, "uno", [])
        editing.delete_message(session, two["id"], room.ada)
        members.add_members(session, room.id, room.ada, [room.zoe])
        members.set_member_role(session, room.id, room.ada, room.zoe, "moderator")
        conversations.update_conversation(session, room.id, room.ada, {"title": "Coffee", "slow_mode_s": 5})
        members.remove_member(session, room.id, room.ada, room.zoe)
        frames += [msgspec.json.decode(frame) for _, frame in live.collected(session)]
    return [frame for frame in frames if frame["t"] == "event"]


def test_changes_hold_every_version_once(room: Room, db: Transactions) -> None:
    busy(room, db)
    with db.reading() as session:
        items, ver, more = changes.list_changes(session, room.id, room.bob, 0, 100)
    assert [each["ver"] for each in items] == list(range(1, ver + 1))
    assert not more
    assert [each["type"] for each in items] == [
        "message.created",
        "message.created",
        "message.edited",
        "message.deleted",
        "member.added",
        "message.created",
        "member.role",
        "conversation.updated",
        "message.created",
        "member.removed",
        "message.created",
    ]


def test_changes_tell_what_the_frames_told(room: Room, db: Transactions) -> None:
    frames = {frame["ver"]: frame for frame in busy(room, db)}
    with db.reading() as session:
        items, _, _ = changes.list_changes(session, room.id, room.bob, 2, 100)
    for item in items:
        frame = frames[item["ver"]]
        assert (frame["type"], frame["data"]) == (item["type"], item["data"])


def test_changes_come_in_pages(room: Room, db: Transactions) -> None:
    busy(room, db)
    seen, after, more = [], 0, True
    while more:
        with db.reading() as session:
            items, _, more = changes.list_changes(session, room.id, room.bob, after, 3)
        seen += [each["ver"] for each in items]
        after = seen[-1]
    assert seen == list(range(1, 12))


def test_a_created_message_is_shown_as_it_is_now(room: Room, db: Transactions) -> None:
    message = room.message(room.ada, "one")
    with db.transaction() as session:
        editing.hide_message(session, message["id"], room.bob)
        editing.edit_message(session, message["id"], room.ada, "uno", [])
    with db.reading() as session:
        (created, edited), _, _ = changes.list_changes(session, room.id, room.eve, 0, 9)
        (hidden, _), _, _ = changes.list_changes(session, room.id, room.bob, 0, 9)
    assert (created["data"]["text"], edited["data"]["text"]) == ("uno", "uno")
    assert (hidden["data"]["text"], hidden["data"]["deleted"]) == ("", True)


def test_strangers_see_no_changes(room: Room, db: Transactions) -> None:
    with db.reading() as session, pytest.raises(UnknownConversation):
        changes.list_changes(session, room.id, room.zoe, 0, 9)


def test_sync_tells_what_differs(room: Room, db: Transactions) -> None:
    other, third = make_room(db), make_room(db)
    with db.transaction() as session:
        members.add_members(session, other.id, other.ada, [room.ada])
    room.message(room.bob)
    unknown = new_id()
    with db.reading() as session:
        items = catching_up.sync(session, room.ada, {room.id: 0, third.id: 0, unknown: 3})
    assert {each["conv"]: each.get("gone", False) for each in items} == {
        room.id: False,
        other.id: False,
        third.id: True,
        unknown: True,
    }
    with db.reading() as session:
        heads = {room.id: 1, other.id: 2}
        assert catching_up.sync(session, room.ada, heads) == []
        # As if older data had been restored: one knows of a change that never was.
        (undone,) = catching_up.sync(session, room.ada, heads | {room.id: 2})
        assert undone == {"conv": room.id, "ver": 1, "seq": 1, "unread": 1, "reset": True}
    assert next(each for each in items if each["conv"] == room.id)["unread"] == 1
