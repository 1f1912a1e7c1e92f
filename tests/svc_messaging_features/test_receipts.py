import pytest
from sqlalchemy import func, select

from contracts.base import new_id
from contracts.messaging import UnknownConversation, UnknownMessage
from svc_messaging.actions import receipts
from svc_messaging.conversation_views import load_members
from svc_messaging.models import Change


def shown(talk, conversation_id, user_id):
    with talk.db.reading() as session:
        members = load_members(session, [conversation_id])[conversation_id]
    return next(member for member in members if member["user_id"] == user_id)


def read(talk, person, here, seq, private=False):
    return talk.do(receipts.mark_read, person, here, seq, private=private)


def own(talk, push, person):
    return [frame["data"] for frame in push.on(f"user:{person}") if frame["type"] == "read.changed"]


def test_reading_moves_forward_only(talk):
    here = talk.direct(talk.ada, talk.ben)
    for _ in range(5):
        talk.say(here, talk.ada)
    read(talk, talk.ben, here, 4)
    assert read(talk, talk.ben, here, 2).read_seq == 4


def test_nobody_reads_beyond_the_last_message(talk):
    here = talk.direct(talk.ada, talk.ben)
    talk.say(here, talk.ada)
    assert read(talk, talk.ben, here, 1_000).read_seq == 1


def test_reading_is_no_durable_change(talk):
    here = talk.direct(talk.ada, talk.ben)
    talk.say(here, talk.ada)
    changes = select(func.count()).select_from(Change).where(Change.conversation_id == here)
    before = talk.count(changes)
    read(talk, talk.ben, here, 1)
    assert talk.count(changes) == before


def test_the_others_see_a_receipt_and_ones_own_devices_the_rest(talk, push):
    here = talk.direct(talk.ada, talk.ben)
    for _ in range(3):
        talk.say(here, talk.ada)
    push.clear()
    read(talk, talk.ben, here, 2)
    assert push.on(f"conv:{here}") == [{"t": "receipt", "conv": here, "user": talk.ben, "read_seq": 2}]
    assert own(talk, push, talk.ben) == [{"conversation_id": here, "read_seq": 2, "unread": 1, "marked_unread": False}]


def test_a_message_is_counted_as_read_and_received(talk):
    here = talk.group(talk.ada, talk.ben, talk.eve)
    message = talk.say(here, talk.ada)
    counts = lambda person: talk.do(receipts.count_receipts, message["id"], person)  # noqa: E731
    assert counts(talk.ada) == {"others": 2, "read": 0, "delivered": 0}
    talk.do(receipts.mark_delivered, talk.ben, here, message["seq"])
    assert counts(talk.ada) == {"others": 2, "read": 0, "delivered": 1}
    read(talk, talk.ben, here, message["seq"])
    read(talk, talk.eve, here, message["seq"], private=True)
    assert counts(talk.ben) == {"others": 2, "read": 1, "delivered": 1}
    with pytest.raises(UnknownMessage):
        counts(new_id())


def test_in_a_large_group_marks_are_counted_and_not_told_to_everybody(talk, push, monkeypatch):
    here = talk.group(talk.ada, talk.ben, talk.eve)
    message = talk.say(here, talk.ada)
    monkeypatch.setattr(receipts, "MAX_SHOWN_MEMBERS", 2)
    push.clear()
    talk.do(receipts.mark_delivered, talk.eve, here, message["seq"])
    read(talk, talk.ben, here, message["seq"])
    assert push.on(f"conv:{here}") == []
    assert own(talk, push, talk.ben)[-1]["unread"] == 0
    assert talk.do(receipts.count_receipts, message["id"], talk.ada) == {"others": 2, "read": 1, "delivered": 2}


def test_the_same_mark_again_tells_nobody_else(talk, push):
    here = talk.direct(talk.ada, talk.ben)
    talk.say(here, talk.ada)
    read(talk, talk.ben, here, 1)
    push.clear()
    read(talk, talk.ben, here, 1)
    assert push.on(f"conv:{here}") == []


def test_private_reading_clears_ones_own_count_and_stays_unknown(talk, push):
    here = talk.direct(talk.ada, talk.ben)
    for _ in range(3):
        talk.say(here, talk.ada)
    push.clear()
    read(talk, talk.ben, here, 3, private=True)
    assert push.on(f"conv:{here}") == []
    assert own(talk, push, talk.ben)[0]["unread"] == 0
    assert shown(talk, here, talk.ben)["read_seq"] == 0
    assert shown(talk, here, talk.ben)["delivered_seq"] == 0


def test_reading_openly_after_all_is_shown(talk, push):
    here = talk.direct(talk.ada, talk.ben)
    for _ in range(3):
        talk.say(here, talk.ada)
    read(talk, talk.ben, here, 3, private=True)
    push.clear()
    read(talk, talk.ben, here, 3)
    assert push.on(f"conv:{here}")[0]["read_seq"] == 3
    assert shown(talk, here, talk.ben)["read_seq"] == 3


def test_what_is_read_was_delivered(talk):
    here = talk.direct(talk.ada, talk.ben)
    talk.say(here, talk.ada)
    read(talk, talk.ben, here, 1)
    assert shown(talk, here, talk.ben)["delivered_seq"] == 1


def test_delivery_moves_forward_only_and_is_told_once(talk, push):
    here = talk.direct(talk.ada, talk.ben)
    for _ in range(3):
        talk.say(here, talk.ada)
    push.clear()
    for seq in (2, 1, 2, 99):
        talk.do(receipts.mark_delivered, talk.ben, here, seq)
    assert [frame["delivered_seq"] for frame in push.on(f"conv:{here}")] == [2, 3]


def test_marked_unread_until_it_is_read_again(talk, push):
    here = talk.direct(talk.ada, talk.ben)
    talk.say(here, talk.ada)
    read(talk, talk.ben, here, 1)
    push.clear()
    assert talk.do(receipts.mark_unread, talk.ben, here).marked_unread is True
    assert own(talk, push, talk.ben)[0]["marked_unread"] is True
    assert push.on(f"conv:{here}") == []
    assert read(talk, talk.ben, here, 1).marked_unread is False


def test_ones_own_messages_are_never_unread(talk, push):
    here = talk.direct(talk.ada, talk.ben)
    talk.say(here, talk.ada)
    talk.say(here, talk.ben)
    talk.say(here, talk.ada)
    push.clear()
    read(talk, talk.ben, here, 1)
    assert own(talk, push, talk.ben)[0]["unread"] == 1


@pytest.mark.parametrize("action", ["read", "delivered", "unread"])
def test_a_stranger_gets_the_answer_for_no_conversation(talk, action):
    here = talk.direct(talk.ada, talk.ben)
    with pytest.raises(UnknownConversation):
        if action == "read":
            read(talk, talk.eve, here, 1)
        elif action == "delivered":
            talk.do(receipts.mark_delivered, talk.eve, here, 1)
        else:
            talk.do(receipts.mark_unread, talk.eve, here)
