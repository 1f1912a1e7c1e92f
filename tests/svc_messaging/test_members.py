"""Conversations, their members and roles."""

from __future__ import annotations

import msgspec
import pytest
from sqlalchemy import select

from contracts.base import new_id
from contracts.messaging import (
    Blocked,
    DirectIsForTwo,
    LastOwner,
    RoleTooLow,
    UnknownConversation,
    UnknownMember,
)
from plumbing.database import Transactions
from svc_messaging import conversation_views as views
from svc_messaging import live
from svc_messaging.actions import catching_up, conversations, members
from svc_messaging.actions.blocks import block
from svc_messaging.models import Conversation, Member
from tests.svc_messaging.rooms import Room


def test_a_direct_conversation_is_one_for_each_pair(db: Transactions) -> None:
    ada, bob = new_id(), new_id()
    found = set()
    for one, other in ((ada, bob), (bob, ada), (ada, bob)):
        with db.transaction() as session:
            found.add(conversations.create_direct(session, one, other))
    assert len(found) == 1
    with db.reading() as session, pytest.raises(DirectIsForTwo):
        conversations.create_direct(session, ada, ada)


def test_a_block_hinders_a_new_direct_conversation(db: Transactions) -> None:
    ada, bob = new_id(), new_id()
    with db.transaction() as session:
        block(session, bob, ada)
    with pytest.raises(Blocked), db.transaction() as session:
        conversations.create_direct(session, ada, bob)
    with db.reading() as session:
        assert conversations.find_direct(session, ada, bob) is None


def test_direct_conversations_take_nobody_in(direct: Room, db: Transactions) -> None:
    with pytest.raises(DirectIsForTwo), db.transaction() as session:
        members.add_members(session, direct.id, direct.ada, [direct.zoe])
    with pytest.raises(DirectIsForTwo), db.transaction() as session:
        members.remove_member(session, direct.id, direct.ada, direct.ada)
    with pytest.raises(RoleTooLow), db.transaction() as session:
        conversations.update_conversation(session, direct.id, direct.ada, {"title": "x"})


def test_members_do_not_add_or_remove(room: Room, db: Transactions) -> None:
    with pytest.raises(RoleTooLow), db.transaction() as session:
        members.add_members(session, room.id, room.bob, [room.zoe])
    with pytest.raises(RoleTooLow), db.transaction() as session:
        members.remove_member(session, room.id, room.bob, room.eve)
    with pytest.raises(UnknownConversation), db.transaction() as session:
        members.add_members(session, room.id, room.zoe, [room.zoe])
    with pytest.raises(UnknownMember), db.transaction() as session:
        members.remove_member(session, room.id, room.ada, room.zoe)


def test_adding_is_a_change_a_message_and_a_call_to_the_added(room: Room, db: Transactions) -> None:
    with db.transaction() as session:
        members.add_members(session, room.id, room.ada, [room.zoe, room.bob])
        frames = [(channel, msgspec.json.decode(frame)) for channel, frame in live.collected(session)]
    assert [(channel, frame["type"]) for channel, frame in frames] == [
        (f"conv:{room.id}", "member.added"),
        (f"user:{room.zoe}", "conversation.joined"),
        (f"conv:{room.id}", "message.created"),
    ]
    assert frames[2][1]["data"]["text"] == f"member.added:{room.zoe}"
    with db.reading() as session:
        conversation = session.get_one(Conversation, room.id)
        assert (conversation.member_count, conversation.seq, conversation.ver) == (4, 1, 2)


def test_a_removed_person_is_told_first_and_the_gateway_learns_of_it(room: Room, db: Transactions) -> None:
    with db.transaction() as session:
        members.remove_member(session, room.id, room.ada, room.bob)
        first = live.collected(session)[0]
    assert first[0] == f"user:{room.bob}"
    assert msgspec.json.decode(first[1])["type"] == "conversation.left"
    with db.reading() as session:
        moment = session.scalar(select(Conversation.last_message_at)) or pytest.fail()
        removed = catching_up.list_access_removed(session, moment)
    assert [(each["user_id"], each["conversation_id"]) for each in removed] == [(room.bob, room.id)]
    with db.transaction() as session:
        members.add_members(session, room.id, room.ada, [room.bob])
        assert catching_up.list_access_removed(session, moment) == []


def test_a_group_keeps_an_owner(room: Room, db: Transactions) -> None:
    with pytest.raises(LastOwner), db.transaction() as session:
        members.remove_member(session, room.id, room.ada, room.ada)
    with pytest.raises(LastOwner), db.transaction() as session:
        members.set_member_role(session, room.id, room.ada, room.ada, "member")
    with db.transaction() as session:
        members.set_member_role(session, room.id, room.ada, room.bob, "owner")
        members.remove_member(session, room.id, room.ada, room.ada)
    with db.transaction() as session:
        members.remove_member(session, room.id, room.bob, room.eve)
        members.remove_member(session, room.id, room.bob, room.bob)


def test_a_role_reaches_only_below_itself(room: Room, db: Transactions) -> None:
    with db.transaction() as session:
        members.set_member_role(session, room.id, room.ada, room.bob, "moderator")
    with pytest.raises(RoleTooLow), db.transaction() as session:
        members.remove_member(session, room.id, room.bob, room.ada)
    with pytest.raises(RoleTooLow), db.transaction() as session:
        members.set_member_role(session, room.id, room.bob, room.eve, "moderator")
    with db.transaction() as session:
        members.remove_member(session, room.id, room.bob, room.eve)


def test_lists_show_pinned_ones_first_then_the_latest(db: Transactions) -> None:
    ada, bob = new_id(), new_id()
    ids = []
    for number in range(5):
        with db.transaction() as session:
            ids.append(conversations.create_group(session, ada, [bob], f"g{number}"))
    with db.transaction() as session:
        conversations.update_my_settings(session, ids[1], ada, {"pinned": True})
        conversations.update_my_settings(session, ids[2], ada, {"archived": True})
    with db.reading() as session:
        first = conversations.list_places(session, ada, 2, None, archived=False)
        last = first[-1]
        after = [last[1].pinned, last[0].last_message_at, last[0].id]
        second = conversations.list_places(session, ada, 9, after, archived=False)
        hidden = conversations.list_places(session, ada, 9, None, archived=True)
    assert [place[0].id for place in first + second] == [ids[1], ids[4], ids[3], ids[0]]
    assert [place[0].id for place in hidden] == [ids[2]]


def test_a_view_shows_members_unread_and_the_last_message(room: Room, db: Transactions) -> None:
    room.message(room.ada, "one")
    last = room.message(room.bob, "two")
    with db.reading() as session:
        place = conversations.get_place(session, room.id, room.ada)
        (view,) = views.conversation_views(session, [place], room.ada, with_members=True)
    assert (view["unread"], view["seq"], view["role"], view["title"]) == (1, 2, "owner", "Tea")
    assert view["last_message"] == last
    assert {each["user_id"] for each in view["members"]} == {room.ada, room.bob, room.eve}


def test_reading_privately_hides_the_mark(room: Room, db: Transactions) -> None:
    room.message(room.ada)
    with db.transaction() as session:
        member = session.get_one(Member, (room.id, room.bob))
        member.private_read_seq = 1
        session.flush()
        assert views.member_view(member)["read_seq"] == 0
        assert views.settings_view(member)["read_seq"] == 1
