import pytest

from contracts.base import new_id
from contracts.messaging import ReplyInvalid, UnknownConversation
from svc_messaging.actions import drafts, members


def put(talk, person, here, text="I was", reply_to=None):
    return talk.do(drafts.put_draft, person, here, text, [], reply_to)


def texts(talk, person):
    return [draft.text for draft in talk.do(drafts.list_drafts, person)]


def test_a_later_draft_takes_the_place_of_an_earlier_one(talk):
    here = talk.direct(talk.ada, talk.ben)
    put(talk, talk.ada, here)
    put(talk, talk.ada, here, "I was thinking")
    assert texts(talk, talk.ada) == ["I was thinking"]


def test_drafts_are_ones_own(talk):
    put(talk, talk.ada, talk.direct(talk.ada, talk.ben))
    assert texts(talk, talk.ben) == []


def test_all_devices_of_its_author_and_nobody_else_hear_of_it(talk, push):
    here = talk.direct(talk.ada, talk.ben)
    push.clear()
    draft = put(talk, talk.ada, here)
    talk.do(drafts.delete_draft, talk.ada, here)
    talk.do(drafts.delete_draft, talk.ada, here)
    assert [channel for channel, _ in push.frames] == [f"user:{talk.ada}"] * 2
    assert [frame["data"]["draft"] for _, frame in push.frames] == [drafts.draft_view(draft), None]


def test_a_reply_is_to_a_message_of_the_conversation(talk):
    here, there = talk.direct(talk.ada, talk.ben), talk.direct(talk.ada, talk.eve)
    message = talk.say(here, talk.ben)
    assert put(talk, talk.ada, here, reply_to=message["id"]).reply_to == message["id"]
    for conversation_id, reply_to in ((there, message["id"]), (here, new_id())):
        with pytest.raises(ReplyInvalid):
            put(talk, talk.ada, conversation_id, reply_to=reply_to)


def test_who_left_has_no_draft_there(talk):
    here = talk.group(talk.ada, talk.ben)
    put(talk, talk.ben, here)
    talk.do(members.remove_member, here, talk.ben, talk.ben)
    assert texts(talk, talk.ben) == []


def test_a_stranger_gets_the_answer_for_no_conversation(talk):
    here = talk.direct(talk.ada, talk.ben)
    with pytest.raises(UnknownConversation):
        put(talk, talk.eve, here)
    with pytest.raises(UnknownConversation):
        talk.do(drafts.delete_draft, talk.eve, here)
