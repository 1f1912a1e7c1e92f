"""What is left in conversations of somebody whose account is gone: their words at most, and nothing of them."""

from __future__ import annotations

import pytest
from nameko.testing.services import entrypoint_hook
from sqlalchemy import Engine, Text, Uuid, cast, event, func, or_, select

from contracts.auth import NOBODY, AccountErased
from contracts.base import new_id
from plumbing.container import CharlaContainer
from svc_messaging import batches
from svc_messaging.actions import (
    blocks,
    drafts,
    editing,
    erasing,
    history,
    members,
    pins,
    polls,
    reactions,
    reports,
)
from svc_messaging.models import Base, Erasure, Member, Message
from svc_messaging.worker import MessagingWorker
from tests.services import times_killed

#: Logs that name people by their id alone, which leads to nobody now: who came and went, and what is still to be told.
LOGS = {"changes", "outbox"}


def begin(talk, person, messages="keep", told=None):
    talk.do(erasing.erasures.begin, told or AccountErased(user_id=person, messages=messages))


def erase(talk, person, messages="keep"):
    begin(talk, person, messages)
    batches.erase_accounts(talk.db, talk.push)


def traces(talk, person):
    """Return the tables that hold somebody's id in some column of ids, or of words."""
    found = set()
    with talk.db.reading() as session:
        for table in Base.metadata.sorted_tables:
            ids = [each == person for each in table.columns if isinstance(each.type, Uuid)]
            words = [cast(each, Text).contains(person) for each in table.columns if not isinstance(each.type, Uuid)]
            about = ids if table.name == "messages" else [*ids, *words]  # system messages are phrases with ids
            if session.scalar(select(func.count()).select_from(table).where(or_(*about))):
                found.add(table.name)
    return found


def busy_life(talk):
    """Ada does everything that can be done, with Ben and Eve; returns the places."""
    group, direct = talk.group(talk.ada, talk.ben, talk.eve), talk.direct(talk.ada, talk.ben)
    left = talk.group(talk.eve, talk.ada)
    for place in (group, direct, left):
        for number in range(3):
            talk.say(place, talk.ada, f"{number} from ada")
        talk.say(place, talk.eve if place == left else talk.ben, "an answer")
    edited = talk.say(group, talk.ada, "frist")
    talk.do(editing.edit_message, edited["id"], talk.ada, "first", [])
    of_ben = talk.say(group, talk.ben, "like this")
    talk.do(reactions.add_reaction, talk.ada, of_ben["id"], "👍")
    talk.do(reactions.add_reaction, talk.eve, of_ben["id"], "👍")
    poll = talk.poll(group, talk.ben)
    talk.do(polls.vote, talk.ada, poll["id"], [0])
    talk.do(pins.pin_message, talk.ada, of_ben["id"])
    talk.do(drafts.put_draft, talk.ada, group, "I was", [], None)
    talk.schedule(direct, talk.ada)
    talk.do(blocks.block, talk.ada, new_id())
    talk.do(blocks.block, talk.ben, talk.ada)
    talk.do(blocks.unblock, talk.ben, talk.ada)
    talk.do(reports.create_report, talk.ada, group, "spam", "n", of_ben["id"], None)
    talk.do(reports.create_report, talk.ben, group, "spam", "n", edited["id"], None)
    talk.do(editing.hide_message, of_ben["id"], talk.ada)
    talk.do(members.remove_member, left, talk.ada, talk.ada)
    return group, direct, left


def seen(talk, place, person):
    with talk.db.reading() as session:
        return [(each["author_id"], each["text"]) for each in history.list_messages(session, place, person, 100)]


def test_what_they_wrote_stays_without_their_name(talk):
    group, direct, left = busy_life(talk)
    before = {place: seen(talk, place, who) for place, who in ((group, talk.ben), (direct, talk.ben), (left, talk.eve))}
    assert len(traces(talk, talk.ada)) >= 12
    erase(talk, talk.ada)
    for place, who in ((group, talk.ben), (direct, talk.ben), (left, talk.eve)):
        expected = [(NOBODY if author == talk.ada else author, text) for author, text in before[place]]
        assert seen(talk, place, who)[: len(expected)] == expected
        talk.changes(place, who)
    assert traces(talk, talk.ada) <= LOGS
    assert talk.count(select(func.count()).select_from(Erasure)) == 0


def test_where_they_asked_for_it_their_words_go_too(talk):
    group, direct, left = busy_life(talk)
    erase(talk, talk.ada, "delete")
    for place, who in ((group, talk.ben), (direct, talk.ben), (left, talk.eve)):
        texts = [text for author, text in seen(talk, place, who) if author == NOBODY and ":" not in text]
        assert texts
        assert set(texts) == {""}
        assert "message.deleted" in talk.changes(place, who)
    assert traces(talk, talk.ada) <= LOGS
    assert ("an answer" in [text for _, text in seen(talk, direct, talk.ben)]) is True


def test_a_piece_takes_as_many_statements_whatever_is_in_it(talk):
    """Others wait for the conversation meanwhile, and the worker has the least of a busy processor."""

    def asked(count):
        group, found = talk.group(talk.ada, talk.ben), []
        for number in range(count):
            talk.do(reactions.add_reaction, talk.ada, talk.say(group, talk.ben)["id"], "\U0001f44d")
            talk.do(polls.vote, talk.ada, talk.poll(group, talk.ben)["id"], [number % 3])
            talk.say(group, talk.ada)
        begin(talk, talk.ada, "delete")

        def count_them(_conn, _cursor, _statement, parameters, *_):
            found.append(len(parameters) if isinstance(parameters, list) else 1)  # a list is sent one by one

        event.listen(Engine, "before_cursor_execute", count_them)
        batches.erase_accounts(talk.db, talk.push)
        event.remove(Engine, "before_cursor_execute", count_them)
        shown = [(author, text) for author, text in seen(talk, group, talk.ben) if ":" not in text]
        assert sum(author == NOBODY for author, _ in shown) == count
        assert all(text == "" for author, text in shown if author == NOBODY)
        return sum(found)

    few = asked(2)
    assert asked(20) < few + 9  # a connection's first ones are prepared


def test_two_deleted_accounts_may_have_used_the_same_client_ids(talk):
    here = talk.group(talk.ada, talk.ben, talk.eve)
    for person in (talk.ada, talk.ben):
        talk.say(here, person, "same", client_msg_id="1")
    erase(talk, talk.ada)
    erase(talk, talk.ben)
    assert [author for author, text in seen(talk, here, talk.eve) if text == "same"] == [NOBODY, NOBODY]


@pytest.mark.parametrize("moderator", [True, False])
def test_a_group_goes_to_the_eldest_moderator_or_else_member(talk, moderator):
    here = talk.group(talk.ada, talk.ben)
    talk.do(members.add_members, here, talk.ada, [talk.eve])
    if moderator:
        talk.do(members.set_member_role, here, talk.ada, talk.eve, "moderator")
    erase(talk, talk.ada)
    heir = talk.eve if moderator else talk.ben
    owners = select(Member.user_id).where(Member.conversation_id == here, Member.role == "owner")
    with talk.db.reading() as session:
        assert session.scalars(owners).all() == [heir]
    assert talk.changes(here, talk.ben)[-2:] == ["member.role", "member.removed"]


def test_what_others_did_is_untouched(talk):
    group, _, _ = busy_life(talk)
    erase(talk, talk.ada)
    with talk.db.reading() as session:
        shown = {each["text"]: each for each in history.list_messages(session, group, talk.eve, 100)}
    assert shown["like this"]["reactions"] == [{"emoji": "👍", "count": 1, "mine": True}]
    assert shown["like this"]["pinned"]


def test_told_twice_it_is_done_once(talk, configured):
    here = talk.group(talk.ada, talk.ben)
    talk.say(here, talk.ada)
    event = AccountErased(user_id=talk.ada, messages="keep")
    container = CharlaContainer(MessagingWorker, {"AMQP_URI": configured.amqp_uri, "max_workers": 5})
    for extension in container.dependencies:
        extension.setup()
    for _ in range(2):
        with entrypoint_hook(container, "on_account_erased") as observe:
            observe(event)
        with entrypoint_hook(container, "erase_accounts") as tick:
            tick()
    for extension in container.dependencies:
        extension.stop()
    assert talk.count(select(func.count()).select_from(Erasure)) == 0
    assert talk.changes(here, talk.ben).count("member.removed") == 1


WORK = """
from types import SimpleNamespace
from svc_messaging import batches
from svc_messaging.actions import erasing
erasing.BATCH = 2
batches.erase_accounts(db, SimpleNamespace(many=lambda frames: None))
"""


@pytest.mark.parametrize("messages", ["keep", "delete"])
def test_workers_that_are_killed_in_the_middle_leave_the_rest_to_the_next_one(talk, messages):
    group, direct, left = busy_life(talk)
    begin(talk, talk.ada, messages)
    assert times_killed(WORK, (1, 2, 3, 5, 1, 4)) >= 4
    batches.erase_accounts(talk.db, talk.push)
    assert traces(talk, talk.ada) <= LOGS
    for place, who in ((group, talk.ben), (direct, talk.ben), (left, talk.eve)):
        talk.changes(place, who)
    counted = talk.count(select(func.count()).select_from(Message).where(Message.author_id == NOBODY))
    assert counted >= 10
