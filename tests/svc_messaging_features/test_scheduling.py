from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from contracts.base import new_id
from contracts.messaging import Blocked, UnknownConversation, UnknownScheduledMessage
from svc_messaging import batches
from svc_messaging.actions import blocks, conversations, editing, history, members, scheduling
from svc_messaging.models import Message, Outbox, ScheduledMessage


def texts(talk, here, person):
    found = talk.do(history.list_messages, here, person, 50)
    return [message["text"] for message in found if message["kind"] == "text"]


def states(push, person):
    return [
        (frame["data"]["state"], frame["data"].get("code"))
        for frame in push.on(f"user:{person}")
        if frame["type"] == "scheduled.changed"
    ]


WAITING = select(func.count()).select_from(ScheduledMessage)


def test_it_is_sent_when_its_time_has_come(talk, push):
    here = talk.direct(talk.ada, talk.ben)
    talk.schedule(here, talk.ada, "good morning")
    assert batches.send_scheduled(talk.db, push) == 1
    assert texts(talk, here, talk.ben) == ["good morning"]
    assert "message.created" in [frame.get("type") for frame in push.on(f"conv:{here}")]
    assert states(push, talk.ada) == [("sent", None)]
    assert talk.count(WAITING) == 0


def test_it_is_not_sent_before(talk, push):
    here = talk.direct(talk.ada, talk.ben)
    send_at = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    talk.send(here, talk.ada, "later", send_at=send_at)
    assert batches.send_scheduled(talk.db, push) == 0
    assert texts(talk, here, talk.ben) == []


def test_it_is_an_ordinary_message_with_its_client_msg_id(talk, push):
    here = talk.direct(talk.ada, talk.ben)
    key = new_id()
    talk.schedule(here, talk.ada, client_msg_id=key)
    batches.send_scheduled(talk.db, push)
    (message,) = talk.do(history.list_messages, here, talk.ada, 50)
    assert message["client_msg_id"] == key
    assert (message["seq"], message["author_id"]) == (1, talk.ada)
    events = select(func.count()).select_from(Outbox).where(Outbox.name == "message_created")
    assert talk.count(events) == 1


def test_the_same_item_sent_again_afterwards_is_a_replay(talk, push):
    here = talk.direct(talk.ada, talk.ben)
    item = {"client_msg_id": new_id(), "send_at": (datetime.now(UTC) + timedelta(hours=1)).isoformat()}
    talk.send(here, talk.ada, "later", **item)
    talk.do(_let_be_due)
    batches.send_scheduled(talk.db, push)
    again = talk.send(here, talk.ada, "later", **item)
    assert (again["replayed"], again["message"]["text"]) == (True, "later")
    assert texts(talk, here, talk.ben) == ["later"]


def _let_be_due(session):
    session.query(ScheduledMessage).update({"send_at": datetime.now(UTC) - timedelta(seconds=1)})


def test_many_workers_at_once_send_it_once(talk, push):
    here = talk.group(talk.ada, talk.ben)
    for number in range(8):
        talk.schedule(here, talk.ada, f"number {number}")
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: batches.send_scheduled(talk.db, push), range(4)))
    assert sum(done) == 8
    assert sorted(texts(talk, here, talk.ben)) == [f"number {number}" for number in range(8)]
    talk.changes(here, talk.ada)


def test_a_crash_before_the_commit_neither_loses_nor_doubles_it(talk, push):
    here = talk.direct(talk.ada, talk.ben)
    scheduled_id = talk.schedule(here, talk.ada, "once")
    with pytest.raises(ZeroDivisionError), talk.db.transaction() as session:
        assert "message" in scheduling.send_due(session, (here, scheduled_id))
        raise ZeroDivisionError
    assert texts(talk, here, talk.ben) == []
    batches.send_scheduled(talk.db, push)
    batches.send_scheduled(talk.db, push)
    assert texts(talk, here, talk.ben) == ["once"]


def test_who_is_no_member_any_more_sends_nothing(talk, push):
    here = talk.group(talk.ada, talk.ben)
    scheduled_id = talk.schedule(here, talk.ben, "from outside")
    row = talk.do(lambda session: _copy(session, scheduled_id))
    talk.do(members.remove_member, here, talk.ada, talk.ben)
    talk.do(lambda session: session.add(ScheduledMessage(**row)))  # as if it came while he was removed
    push.clear()
    batches.send_scheduled(talk.db, push)
    assert texts(talk, here, talk.ada) == []
    assert states(push, talk.ben) == [("failed", UnknownConversation.code)]
    assert talk.count(WAITING) == 0


def _copy(session, scheduled_id):
    row = session.scalars(select(ScheduledMessage).filter_by(id=scheduled_id)).one()
    return {column.name: getattr(row, column.name) for column in ScheduledMessage.__table__.columns}


def test_who_was_blocked_meanwhile_sends_nothing(talk, push):
    here = talk.direct(talk.ada, talk.ben)
    talk.schedule(here, talk.ada, "please")
    talk.do(blocks.block, talk.ben, talk.ada)
    batches.send_scheduled(talk.db, push)
    assert texts(talk, here, talk.ben) == []
    assert states(push, talk.ada) == [("failed", Blocked.code)]


def test_a_reply_whose_message_is_gone_is_sent_as_no_reply(talk, push):
    here = talk.direct(talk.ada, talk.ben)
    first = talk.say(here, talk.ben, "question")
    talk.schedule(here, talk.ada, "answer", reply_to=first["id"])
    talk.do(editing.delete_message, first["id"], talk.ben)
    batches.send_scheduled(talk.db, push)
    last = talk.do(history.list_messages, here, talk.ada, 1)[0]
    assert (last["text"], last["reply_to"]) == ("answer", None)


def test_slow_mode_puts_it_off(talk, push):
    here = talk.group(talk.ada, talk.ben)
    talk.do(conversations.update_conversation, here, talk.ada, {"slow_mode_s": 30})
    talk.say(here, talk.ben, "now")
    talk.schedule(here, talk.ben, "then")
    batches.send_scheduled(talk.db, push)
    assert texts(talk, here, talk.ada) == ["now"]
    assert talk.count(WAITING) == 1
    assert states(push, talk.ben) == []


def test_one_that_cannot_be_read_is_kept_and_does_not_hold_up_the_others(talk, push):
    here = talk.direct(talk.ada, talk.ben)
    broken = talk.schedule(here, talk.ada, "broken")
    talk.schedule(here, talk.ada, "fine")
    body = {"text": "of a later version"}
    talk.do(lambda session: session.query(ScheduledMessage).filter_by(id=broken).update({"body": body}))
    batches.send_scheduled(talk.db, push)
    assert texts(talk, here, talk.ben) == ["fine"]
    assert [each.id for each in talk.do(scheduling.list_scheduled, talk.ada, here)] == [broken]


def test_a_cancelled_one_is_not_sent(talk, push):
    here = talk.direct(talk.ada, talk.ben)
    scheduled_id = talk.schedule(here, talk.ada)
    talk.do(scheduling.cancel_scheduled, talk.ada, scheduled_id)
    assert batches.send_scheduled(talk.db, push) == 0
    assert states(push, talk.ada) == [("cancelled", None)]
    with pytest.raises(UnknownScheduledMessage):
        talk.do(scheduling.cancel_scheduled, talk.ada, scheduled_id)


def test_only_its_author_sees_and_cancels_it(talk):
    here = talk.group(talk.ada, talk.ben)
    scheduled_id = talk.schedule(here, talk.ben)
    assert [each.id for each in talk.do(scheduling.list_scheduled, talk.ben, None)] == [scheduled_id]
    assert talk.do(scheduling.list_scheduled, talk.ada, here) == []
    with pytest.raises(UnknownScheduledMessage):
        talk.do(scheduling.cancel_scheduled, talk.ada, scheduled_id)


def test_one_lists_only_in_ones_own_conversations(talk):
    here = talk.direct(talk.ada, talk.ben)
    with pytest.raises(UnknownConversation):
        talk.do(scheduling.list_scheduled, talk.eve, here)


def test_messages_keep_their_numbers_without_a_gap(talk, push):
    here = talk.group(talk.ada, talk.ben)
    for number in range(3):
        talk.say(here, talk.ada)
        talk.schedule(here, talk.ben, f"number {number}")
        batches.send_scheduled(talk.db, push)
    seqs = select(func.count()).select_from(Message).where(Message.conversation_id == here)
    assert talk.count(seqs) == 6
    talk.changes(here, talk.ada)
