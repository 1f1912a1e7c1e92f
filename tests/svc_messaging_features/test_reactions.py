import pytest

from contracts.messaging import Blocked, TooManyReactions, UnknownMessage
from svc_messaging import views
from svc_messaging.actions import blocks, editing, reactions

UP, HEART = "\U0001f44d", "\u2764\ufe0f"


def test_a_reaction_is_one_change_and_a_second_time_none(talk):
    here = talk.group(talk.ada, talk.ben)
    message = talk.say(here, talk.ada)
    before = talk.changes(here, talk.ada)
    talk.do(reactions.add_reaction, talk.ben, message["id"], UP)
    talk.do(reactions.add_reaction, talk.ben, message["id"], UP)
    assert talk.changes(here, talk.ada) == [*before, "reaction.changed"]


def test_a_reaction_tells_the_new_count(talk, push):
    here = talk.group(talk.ada, talk.ben)
    message = talk.say(here, talk.ada)
    talk.do(reactions.add_reaction, talk.ben, message["id"], UP)
    push.clear()
    talk.do(reactions.add_reaction, talk.ada, message["id"], UP)
    (frame,) = push.on(f"conv:{here}")
    assert frame["type"] == "reaction.changed"
    assert frame["data"] == {
        "message_id": message["id"], "user_id": talk.ada, "emoji": UP, "added": True, "count": 2,
    }  # fmt: skip


def test_everybody_sees_counts_and_their_own(talk):
    here = talk.group(talk.ada, talk.ben)
    message = talk.say(here, talk.ada)
    for person, emoji in ((talk.ada, UP), (talk.ben, UP), (talk.ben, HEART)):
        talk.do(reactions.add_reaction, person, message["id"], emoji)
    with talk.db.reading() as session:
        view = views.load_message_view(session, here, message["id"], talk.ada)
    assert view["reactions"] == [
        {"emoji": UP, "count": 2, "mine": True},
        {"emoji": HEART, "count": 1, "mine": False},
    ]


def test_taking_off_what_is_not_there_changes_nothing(talk):
    here = talk.group(talk.ada, talk.ben)
    message = talk.say(here, talk.ada)
    before = talk.changes(here, talk.ada)
    talk.do(reactions.remove_reaction, talk.ben, message["id"], UP)
    assert talk.changes(here, talk.ada) == before


def test_one_takes_off_only_ones_own(talk):
    here = talk.group(talk.ada, talk.ben)
    message = talk.say(here, talk.ada)
    talk.do(reactions.add_reaction, talk.ada, message["id"], UP)
    talk.do(reactions.remove_reaction, talk.ben, message["id"], UP)
    found = talk.do(reactions.list_reactions, talk.ben, message["id"], 10, None)
    assert [(each.user_id, each.emoji) for each in found] == [(talk.ada, UP)]


def test_at_most_20_kinds_fit_but_a_21st_person_may_join_one(talk):
    here = talk.group(talk.ada, talk.ben)
    message = talk.say(here, talk.ada)
    kinds = [chr(0x1F600 + number) for number in range(21)]
    for emoji in kinds[:20]:
        talk.do(reactions.add_reaction, talk.ada, message["id"], emoji)
    with pytest.raises(TooManyReactions):
        talk.do(reactions.add_reaction, talk.ben, message["id"], kinds[20])
    talk.do(reactions.add_reaction, talk.ben, message["id"], kinds[0])


def test_a_stranger_gets_the_answer_for_no_message(talk):
    message = talk.say(talk.group(talk.ada, talk.ben), talk.ada)
    with pytest.raises(UnknownMessage):
        talk.do(reactions.add_reaction, talk.eve, message["id"], UP)
    with pytest.raises(UnknownMessage):
        talk.do(reactions.list_reactions, talk.eve, message["id"], 10, None)


def test_a_deleted_message_takes_no_reaction(talk):
    message = talk.say(talk.group(talk.ada, talk.ben), talk.ada)
    talk.do(editing.delete_message, message["id"], talk.ada)
    with pytest.raises(UnknownMessage):
        talk.do(reactions.add_reaction, talk.ben, message["id"], UP)


def test_who_is_blocked_reacts_no_more_in_a_direct_conversation(talk):
    message = talk.say(talk.direct(talk.ada, talk.ben), talk.ada)
    talk.do(blocks.block, talk.ada, talk.ben)
    with pytest.raises(Blocked):
        talk.do(reactions.add_reaction, talk.ben, message["id"], UP)
