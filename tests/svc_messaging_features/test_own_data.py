"""What svc_messaging hands svc_auth for somebody's copy of their data: theirs, all of it, and to nobody else."""

from __future__ import annotations

import pytest
from nameko.testing.services import worker_factory

from contracts.base import Invalid, ServiceError, new_id
from plumbing.context import CallContext, working_on
from plumbing.identity import CallerIdentity
from svc_messaging.actions import editing, members, own_data, reactions
from svc_messaging.service import MessagingService
from tests.services import calling, calling_as_service, service_token


@pytest.fixture
def service(talk):
    return worker_factory(MessagingService, db=talk.db, push=talk.push, caller=CallerIdentity())


def everything(service, person, section):
    """Return all items of a section, page by page."""
    items, after = [], None
    with calling_as_service("auth"):
        while True:
            page = service.list_own_data(user_id=person, section=section, after=after)
            items += page["items"]
            after = page["next"]
            if after is None:
                return items


def test_people_and_other_services_do_not_ask(service, configured):
    for token in (None, service_token("gateway"), service_token("media")):
        with working_on(CallContext(token=token)), pytest.raises(ServiceError) as refused:
            service.list_own_data(user_id=new_id(), section="messages")
        assert refused.value.kind in ("unauthenticated", "forbidden")
    with calling(new_id(), "admin"), pytest.raises(ServiceError) as refused:
        service.list_own_data(user_id=new_id(), section="messages")
    assert refused.value.kind == "forbidden"


@pytest.mark.parametrize("wrong", [{"section": "secrets"}, {"after": "!!"}, {"user_id": "x"}])
def test_what_makes_no_sense_is_refused(service, wrong):
    asked = {"user_id": new_id(), "section": "messages", **wrong}
    with calling_as_service("auth"), pytest.raises(Invalid):
        service.list_own_data(**asked)


@pytest.mark.parametrize("page", [1, 2, 3, 500])
def test_all_of_ones_messages_are_there_once_wherever_the_pages_end(talk, service, monkeypatch, page):
    monkeypatch.setattr(own_data, "PAGE", page)
    monkeypatch.setattr(own_data, "_PLACES", 2)
    wanted = []
    places = [talk.group(talk.ada, talk.ben, talk.eve) for _ in range(5)]
    for number, place in enumerate(places):
        for said in range(number):
            wanted.append(talk.say(place, talk.ada, f"{number}.{said}")["id"])
            talk.say(place, talk.ben, "not hers")
    talk.do(members.remove_member, places[3], talk.ada, talk.ben)
    talk.do(members.set_member_role, places[4], talk.ada, talk.eve, "owner")
    talk.do(members.remove_member, places[4], talk.ada, talk.ada)
    found = [each for each in everything(service, talk.ada, "messages") if each["kind"] == "text"]
    assert sorted(each["id"] for each in found) == sorted(wanted)
    assert all(each["author_id"] == talk.ada and "body_hash" not in each for each in found)


@pytest.mark.parametrize("page", [1, 2, 500])
def test_several_emoji_on_one_message_are_all_there(talk, service, monkeypatch, page):
    monkeypatch.setattr(own_data, "PAGE", page)
    message = talk.say(talk.group(talk.ada, talk.ben), talk.ben)
    for emoji in ("👍", "🎉", "🔥"):
        talk.do(reactions.add_reaction, talk.ada, message["id"], emoji)
    talk.do(reactions.add_reaction, talk.ben, message["id"], "👍")
    assert sorted(each["emoji"] for each in everything(service, talk.ada, "reactions")) == sorted(["👍", "🎉", "🔥"])


def test_earlier_texts_go_with_a_message(talk, service):
    here = talk.group(talk.ada)
    message = talk.say(here, talk.ada, "frist")
    talk.do(editing.edit_message, message["id"], talk.ada, "first", [])
    (found,) = [each for each in everything(service, talk.ada, "messages") if each["kind"] == "text"]
    assert (found["text"], [each["text"] for each in found["earlier"]]) == ("first", ["frist"])


@pytest.mark.parametrize("section", own_data.SECTIONS)
def test_every_section_answers_with_ones_own_alone(talk, service, section):
    here = talk.group(talk.ada, talk.ben)
    talk.schedule(here, talk.ada)
    talk.say(here, talk.ben)
    assert talk.ben not in str(everything(service, talk.ada, section))
    assert everything(service, new_id(), section) == []
