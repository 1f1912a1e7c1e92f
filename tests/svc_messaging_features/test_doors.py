"""The doors: who calls, what they may say, and what they get back."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from nameko.testing.services import worker_factory

from contracts.auth import TokenInvalid
from contracts.base import Forbidden, Invalid, NotFound, Unauthenticated, new_id
from svc_messaging.service import MessagingService

UP = "\U0001f44d"


class FakeCaller:
    """Somebody who calls; nobody where `user_id` is None."""

    def __init__(self, user_id: str | None, roles: tuple[str, ...]) -> None:
        self._user_id = user_id
        self._roles = roles

    def user(self) -> Any:
        if self._user_id is None:
            raise TokenInvalid
        return SimpleNamespace(user_id=self._user_id, roles=self._roles, session_id="s", issuer="charla-auth")


class FakeAuth:
    """Knows everybody but `unknown`."""

    unknown: set[str] = set()

    def find_users(self, *, user_ids):
        return [{"id": user_id} for user_id in user_ids if user_id not in self.unknown]


@pytest.fixture
def door(talk):
    """A maker of doors at which a person stands: `door(person, roles)`."""

    def make(user_id, *roles):
        return worker_factory(
            MessagingService, db=talk.db, push=talk.push, caller=FakeCaller(user_id, roles), auth=FakeAuth()
        )

    return make


def calls(conversation_id, message_id):
    """Every method of these doors with arguments that fit."""
    return {
        "add_reaction": {"message_id": message_id, "emoji": UP},
        "remove_reaction": {"message_id": message_id, "emoji": UP},
        "list_reactions": {"message_id": message_id},
        "pin_message": {"message_id": message_id},
        "unpin_message": {"message_id": message_id},
        "list_pins": {"conversation_id": conversation_id},
        "vote_poll": {"message_id": message_id, "option_ids": [0]},
        "close_poll": {"message_id": message_id},
        "list_poll_votes": {"message_id": message_id},
        "mark_read": {"conversation_id": conversation_id, "up_to_seq": 1},
        "mark_delivered": {"conversation_id": conversation_id, "up_to_seq": 1},
        "mark_unread": {"conversation_id": conversation_id},
        "put_draft": {"conversation_id": conversation_id, "text": "I was"},
        "delete_draft": {"conversation_id": conversation_id},
        "list_drafts": {},
        "list_scheduled": {"conversation_id": conversation_id},
        "cancel_scheduled": {"scheduled_id": message_id},
        "search_messages": {"query": "hello", "conversation_id": conversation_id},
        "block_user": {"user_id": new_id()},
        "unblock_user": {"user_id": new_id()},
        "list_blocked": {},
        "create_report": {"conversation_id": conversation_id, "reason": "spam", "message_id": message_id},
        "list_reports": {},
        "get_report": {"report_id": new_id()},
        "resolve_report": {"report_id": new_id(), "state": "resolved"},
    }


METHODS = sorted(calls("", ""))
OF_EVERYBODY = {"list_drafts", "block_user", "unblock_user", "list_blocked"}
OF_MODERATORS = {"list_reports", "get_report", "resolve_report"}


@pytest.mark.parametrize("method", METHODS)
def test_nobody_comes_in_without_a_token(talk, door, method):
    with pytest.raises(Unauthenticated):
        getattr(door(None), method)(**calls(new_id(), new_id())[method])


@pytest.mark.parametrize("method", sorted(set(METHODS) - OF_EVERYBODY - OF_MODERATORS))
@pytest.mark.parametrize("who", ["stranger", "removed"])
def test_outsiders_get_the_answer_for_what_does_not_exist(talk, door, method, who):
    here = talk.group(talk.ada, talk.ben)
    message = talk.poll(here, talk.ada)
    person = talk.eve
    if who == "removed":
        door(talk.ben).remove_member(conversation_id=here, user_id=talk.ben)
        person = talk.ben
    with pytest.raises(NotFound):
        getattr(door(person), method)(**calls(here, message["id"])[method])


@pytest.mark.parametrize("method", sorted(OF_MODERATORS))
@pytest.mark.parametrize("role", ["user", "owner", ""])
def test_only_the_platform_s_moderators_see_reports(talk, door, method, role):
    with pytest.raises(Forbidden):
        getattr(door(talk.ada, role), method)(**calls(new_id(), new_id())[method])


WRONG = [
    ("add_reaction", {"emoji": "ok"}),
    ("add_reaction", {"emoji": UP * 2}),
    ("add_reaction", {"emoji": None}),
    ("add_reaction", {"message_id": "1 OR 1=1"}),
    ("list_reactions", {"limit": 0}),
    ("list_reactions", {"after": "!!"}),
    ("pin_message", {"message_id": 7}),
    ("vote_poll", {"option_ids": "0"}),
    ("vote_poll", {"option_ids": [True]}),
    ("vote_poll", {"option_ids": [-1]}),
    ("vote_poll", {"option_ids": list(range(99))}),
    ("mark_read", {"up_to_seq": -1}),
    ("mark_read", {"up_to_seq": 1.5}),
    ("mark_read", {"private": "yes"}),
    ("mark_delivered", {"up_to_seq": 2**80}),
    ("put_draft", {"text": "x" * 8_001}),
    ("put_draft", {"text": "a\x00b"}),
    ("put_draft", {"text": "ab", "entities": [{"type": "bold", "offset": 0, "length": 9}]}),
    ("put_draft", {"text": "ab", "reply_to": "nothing"}),
    ("list_scheduled", {"conversation_id": "nothing"}),
    ("search_messages", {"query": "x" * 201}),
    ("search_messages", {"query": "a\x00b"}),
    ("search_messages", {"query": ["a"]}),
    ("search_messages", {"after": "WzFd"}),
    ("block_user", {"user_id": ""}),
    ("create_report", {"reason": "dislike"}),
    ("create_report", {"note": "x" * 2_001}),
]


@pytest.mark.parametrize(("method", "wrong"), WRONG)
def test_arguments_that_do_not_fit_are_refused(talk, door, method, wrong):
    here = talk.group(talk.ada, talk.ben)
    message = talk.poll(here, talk.ben)
    with pytest.raises(Invalid):
        getattr(door(talk.ada), method)(**{**calls(here, message["id"])[method], **wrong})


def test_moderators_list_and_settle_reports_in_pages(talk, door):
    here = talk.group(talk.ada, talk.ben)
    for _ in range(3):
        message = talk.say(here, talk.ben)
        door(talk.ada).create_report(conversation_id=here, reason="spam", message_id=message["id"])
    moderator = door(talk.eve, "moderator")
    first = moderator.list_reports(limit=2)
    rest = moderator.list_reports(limit=2, after=first["next"])
    assert (len(first["items"]), len(rest["items"]), rest["next"]) == (2, 1, None)
    settled = moderator.resolve_report(report_id=first["items"][0]["id"], state="dismissed")
    assert settled["state"] == "dismissed"
    with pytest.raises(Invalid):
        moderator.resolve_report(report_id=settled["id"], state="open")


def test_a_reaction_answers_the_message_as_the_caller_sees_it(talk, door):
    here = talk.group(talk.ada, talk.ben)
    message = talk.say(here, talk.ada)
    view = door(talk.ben).add_reaction(message_id=message["id"], emoji="\u2764")
    assert view["reactions"] == [{"emoji": "\u2764\ufe0f", "count": 1, "mine": True}]
    assert talk.push.on(f"conv:{here}")[-1]["type"] == "reaction.changed"
    assert door(talk.ben).remove_reaction(message_id=message["id"], emoji="\u2764\ufe0f")["reactions"] == []


def test_reactions_are_listed_in_pages(talk, door):
    here = talk.group(talk.ada, talk.ben)
    message = talk.say(here, talk.ada)
    for person in (talk.ada, talk.ben):
        for emoji in (UP, "\u2764\ufe0f"):
            door(person).add_reaction(message_id=message["id"], emoji=emoji)
    seen, after = [], None
    while True:
        page = door(talk.ada).list_reactions(message_id=message["id"], limit=3, after=after)
        seen += [(item["user_id"], item["emoji"]) for item in page["items"]]
        if (after := page["next"]) is None:
            break
    assert len(seen) == len(set(seen)) == 4


def test_votes_are_listed_in_pages(talk, door):
    here = talk.group(talk.ada, talk.ben)
    message = talk.poll(here, talk.ada, multiple=True)
    for person in (talk.ada, talk.ben):
        view = door(person).vote_poll(message_id=message["id"], option_ids=[0, 2])
    assert view["poll"]["voters"] == 2
    first = door(talk.ada).list_poll_votes(message_id=message["id"], limit=3)
    rest = door(talk.ada).list_poll_votes(message_id=message["id"], limit=3, after=first["next"])
    assert (len(first["items"]), len(rest["items"]), rest["next"]) == (3, 1, None)


def test_a_pin_shows_on_the_message_and_in_the_list(talk, door):
    here = talk.group(talk.ada, talk.ben)
    message = talk.say(here, talk.ben)
    assert door(talk.ada).pin_message(message_id=message["id"])["pinned"] is True
    assert [each["id"] for each in door(talk.ben).list_pins(conversation_id=here)] == [message["id"]]
    assert door(talk.ada).unpin_message(message_id=message["id"])["pinned"] is False


def test_reading_answers_ones_own_settings(talk, door):
    here = talk.direct(talk.ada, talk.ben)
    talk.say(here, talk.ada)
    view = door(talk.ben).mark_read(conversation_id=here, up_to_seq=1, private=True)
    assert (view["read_seq"], view["marked_unread"]) == (1, False)
    assert door(talk.ben).mark_unread(conversation_id=here)["marked_unread"] is True
    assert door(talk.ben).mark_delivered(conversation_id=here, up_to_seq=1) is None


def test_a_draft_comes_back_as_it_was(talk, door):
    here = talk.direct(talk.ada, talk.ben)
    bold = [{"type": "bold", "offset": 0, "length": 2}]
    kept = door(talk.ada).put_draft(conversation_id=here, text="I was", entities=bold)
    assert kept["entities"] == bold
    assert door(talk.ada).list_drafts() == {"items": [kept], "next": None}
    door(talk.ada).delete_draft(conversation_id=here)
    assert door(talk.ada).list_drafts()["items"] == []


def test_a_waiting_message_is_listed_and_called_off(talk, door):
    here = talk.direct(talk.ada, talk.ben)
    scheduled_id = talk.schedule(here, talk.ada, "good morning")
    (item,) = door(talk.ada).list_scheduled(conversation_id=here)["items"]
    assert (item["id"], item["text"]) == (scheduled_id, "good morning")
    door(talk.ada).cancel_scheduled(scheduled_id=scheduled_id)
    assert door(talk.ada).list_scheduled()["items"] == []


def test_search_answers_messages_in_pages(talk, door):
    here = talk.direct(talk.ada, talk.ben)
    for number in range(3):
        talk.index(talk.say(here, talk.ada, f"apple {number}"))
    first = door(talk.ben).search_messages(query="apple", limit=2)
    rest = door(talk.ben).search_messages(query="apple", limit=2, after=first["next"])
    assert [each["text"] for each in first["items"] + rest["items"]] == ["apple 2", "apple 1", "apple 0"]
    assert rest["next"] is None


def test_only_people_that_exist_are_blocked(talk, door, monkeypatch):
    assert door(talk.ada).block_user(user_id=talk.ben)["user_id"] == talk.ben
    assert [each["user_id"] for each in door(talk.ada).list_blocked()["items"]] == [talk.ben]
    door(talk.ada).unblock_user(user_id=talk.ben)
    assert door(talk.ada).list_blocked()["items"] == []
    monkeypatch.setattr(FakeAuth, "unknown", {talk.eve})
    with pytest.raises(Invalid):
        door(talk.ada).block_user(user_id=talk.eve)
