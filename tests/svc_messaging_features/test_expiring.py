import pytest
from sqlalchemy import func, select

from contracts.messaging import UnknownMessage
from svc_messaging import batches
from svc_messaging.actions import access, expiring, reactions
from svc_messaging.message_models import MessageSearch, Reaction
from svc_messaging.models import Message, Outbox


def row(talk, message):
    with talk.db.reading() as session:
        return session.scalars(select(Message).where(Message.id == message["id"])).one()


def test_when_its_life_is_over_a_message_is_wiped_for_everybody(talk, push):
    here = talk.group(talk.ada, talk.ben)
    message = talk.say(here, talk.ada, "burn this", ttl_s=60)
    talk.do(reactions.add_reaction, talk.ben, message["id"], "\U0001f44d")
    talk.index(message)
    talk.let_expire(message["id"])
    before = talk.changes(here, talk.ben)
    push.clear()
    assert batches.expire_messages(talk.db, push) == 1
    kept = row(talk, message)
    assert (kept.text, kept.seq, kept.deleted_at is not None) == ("", message["seq"], True)
    assert talk.changes(here, talk.ben) == [*before, "message.deleted"]
    assert push.on(f"conv:{here}")[0]["data"]["deleted"] is True
    for table in (Reaction, MessageSearch):
        assert talk.count(select(func.count()).select_from(table)) == 0
    assert talk.count(select(func.count()).select_from(Outbox).where(Outbox.name == "message_deleted")) == 1


def test_it_happens_once(talk, push):
    here = talk.group(talk.ada)
    message = talk.say(here, talk.ada, ttl_s=60)
    talk.let_expire(message["id"])
    assert [batches.expire_messages(talk.db, push) for _ in range(2)] == [1, 0]


def test_nobody_reads_it_even_before_the_worker_came(talk):
    here = talk.group(talk.ada)
    message = talk.say(here, talk.ada, ttl_s=60)
    talk.let_expire(message["id"])
    with pytest.raises(UnknownMessage):
        talk.do(access.message_for, message["id"], talk.ada)


def test_others_live_on(talk, push):
    here = talk.group(talk.ada)
    short, long, forever = (talk.say(here, talk.ada, ttl_s=ttl) for ttl in (60, 3_600, None))
    talk.let_expire(short["id"])
    batches.expire_messages(talk.db, push)
    assert [row(talk, each).deleted_at is None for each in (short, long, forever)] == [False, True, True]


def test_more_than_a_batch_is_done_in_one_go(talk, push):
    here, there = talk.group(talk.ada), talk.group(talk.ben)
    for conversation_id, person, number in ((here, talk.ada, batches.BATCH + 5), (there, talk.ben, 3)):
        for _ in range(number):
            talk.let_expire(talk.say(conversation_id, person, ttl_s=60)["id"])
    assert batches.expire_messages(talk.db, push) == batches.BATCH + 8
    talk.changes(here, talk.ada)


def test_a_crash_before_the_commit_leaves_it_for_the_next_time(talk, push):
    here = talk.group(talk.ada)
    message = talk.say(here, talk.ada, ttl_s=60)
    talk.let_expire(message["id"])
    with pytest.raises(ZeroDivisionError), talk.db.transaction() as session:
        expiring.expire_messages(session, here, 10)
        raise ZeroDivisionError
    assert row(talk, message).deleted_at is None
    assert batches.expire_messages(talk.db, push) == 1
    talk.changes(here, talk.ada)
