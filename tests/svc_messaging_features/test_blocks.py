import pytest

from contracts.messaging import Blocked
from svc_messaging.actions import blocks, conversations, members, pins, polls
from svc_messaging.actions.blocks import BlockSelf


@pytest.mark.parametrize("by_ada", [True, False])
def test_nobody_writes_in_a_direct_conversation_with_a_block(talk, by_ada):
    here = talk.direct(talk.ada, talk.ben)
    talk.do(blocks.block, *((talk.ada, talk.ben) if by_ada else (talk.ben, talk.ada)))
    for person in (talk.ada, talk.ben):
        assert talk.send(here, person)["error"]["code"] == Blocked.code


@pytest.mark.parametrize("by_ada", [True, False])
def test_nobody_pins_or_votes_there_and_both_may_take_back(talk, by_ada):
    here = talk.direct(talk.ada, talk.ben)
    pinned, open_one = talk.say(here, talk.ben)["id"], talk.poll(here, talk.ada)["id"]
    talk.do(pins.pin_message, talk.ben, pinned)
    talk.do(polls.vote, talk.ben, open_one, [0])
    talk.do(blocks.block, *((talk.ada, talk.ben) if by_ada else (talk.ben, talk.ada)))
    before = talk.changes(here, talk.ada)
    for person in (talk.ada, talk.ben):
        with pytest.raises(Blocked):
            talk.do(pins.pin_message, person, open_one)
        with pytest.raises(Blocked):
            talk.do(polls.vote, person, open_one, [1])
    assert talk.changes(here, talk.ada) == before
    talk.do(pins.unpin_message, talk.ben, pinned)
    talk.do(polls.vote, talk.ben, open_one, [])
    assert talk.changes(here, talk.ada) == [*before, "pin.changed", "poll.changed"]


def test_after_the_block_all_is_as_before(talk):
    here = talk.direct(talk.ada, talk.ben)
    talk.do(blocks.block, talk.ada, talk.ben)
    talk.do(blocks.unblock, talk.ada, talk.ben)
    assert talk.say(here, talk.ben)["seq"] == 1


def test_a_new_direct_conversation_is_refused(talk):
    talk.do(blocks.block, talk.ada, talk.ben)
    with pytest.raises(Blocked):
        talk.direct(talk.ben, talk.ada)


def test_one_is_not_added_to_a_group_by_whom_one_blocked(talk):
    talk.do(blocks.block, talk.ada, talk.ben)
    with pytest.raises(Blocked):
        talk.group(talk.ben, talk.ada)
    here = talk.group(talk.ben, talk.eve)
    with pytest.raises(Blocked):
        talk.do(members.add_members, here, talk.ben, [talk.ada])


def test_in_a_group_that_both_are_in_both_write(talk):
    here = talk.group(talk.eve, talk.ada, talk.ben)
    talk.do(blocks.block, talk.ada, talk.ben)
    assert [talk.say(here, person)["seq"] for person in (talk.ada, talk.ben)] == [1, 2]


def test_blocking_twice_is_blocking_once(talk):
    first, second = (talk.do(blocks.block, talk.ada, talk.ben).created_at for _ in range(2))
    assert first == second
    assert [each.blocked_id for each in talk.do(blocks.list_blocks, talk.ada, 10, None)] == [talk.ben]


def test_who_is_blocked_does_not_see_it(talk):
    talk.do(blocks.block, talk.ada, talk.ben)
    assert talk.do(blocks.list_blocks, talk.ben, 10, None) == []


def test_nobody_blocks_themselves(talk):
    with pytest.raises(BlockSelf):
        talk.do(blocks.block, talk.ada, talk.ada)


def test_a_direct_conversation_that_exists_is_still_found(talk):
    here = talk.direct(talk.ada, talk.ben)
    talk.do(blocks.block, talk.ada, talk.ben)
    assert talk.do(conversations.find_direct, talk.ben, talk.ada) == here
