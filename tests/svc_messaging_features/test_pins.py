import pytest

from contracts.messaging import RoleTooLow, TooManyPins, UnknownConversation, UnknownMessage
from svc_messaging.actions import editing, pins


def test_a_pin_is_one_change_and_a_second_time_none(talk):
    here = talk.group(talk.ada, talk.ben)
    message = talk.say(here, talk.ben)
    before = talk.changes(here, talk.ada)
    talk.do(pins.pin_message, talk.ada, message["id"])
    talk.do(pins.pin_message, talk.ada, message["id"])
    assert talk.changes(here, talk.ada) == [*before, "pin.changed"]
    talk.do(pins.unpin_message, talk.ada, message["id"])
    talk.do(pins.unpin_message, talk.ada, message["id"])
    assert talk.changes(here, talk.ada) == [*before, "pin.changed", "pin.changed"]


def test_in_a_group_members_do_not_pin(talk):
    message = talk.say(talk.group(talk.ada, talk.ben), talk.ben)
    with pytest.raises(RoleTooLow):
        talk.do(pins.pin_message, talk.ben, message["id"])


def test_in_a_direct_conversation_both_pin(talk):
    here = talk.direct(talk.ada, talk.ben)
    first, second = talk.say(here, talk.ada), talk.say(here, talk.ben)
    talk.do(pins.pin_message, talk.ada, first["id"])
    talk.do(pins.pin_message, talk.ben, second["id"])
    assert [each.id for each in talk.do(pins.list_pins, talk.ada, here)] == [second["id"], first["id"]]


def test_at_most_100_messages_are_pinned(talk):
    here = talk.group(talk.ada)
    for _ in range(100):
        talk.do(pins.pin_message, talk.ada, talk.say(here, talk.ada)["id"])
    one_more = talk.say(here, talk.ada)["id"]
    with pytest.raises(TooManyPins):
        talk.do(pins.pin_message, talk.ada, one_more)


def test_deleted_and_expired_messages_are_not_listed(talk):
    here = talk.group(talk.ada)
    messages = [talk.say(here, talk.ada) for _ in range(3)]
    for message in messages:
        talk.do(pins.pin_message, talk.ada, message["id"])
    talk.do(editing.delete_message, messages[0]["id"], talk.ada)
    talk.let_expire(messages[1]["id"])
    assert [each.id for each in talk.do(pins.list_pins, talk.ada, here)] == [messages[2]["id"]]


def test_a_stranger_gets_the_answer_for_nothing(talk):
    here = talk.group(talk.ada, talk.ben)
    message = talk.say(here, talk.ada)
    with pytest.raises(UnknownMessage):
        talk.do(pins.pin_message, talk.eve, message["id"])
    with pytest.raises(UnknownConversation):
        talk.do(pins.list_pins, talk.eve, here)
