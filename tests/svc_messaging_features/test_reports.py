import pytest

from contracts.base import new_id
from contracts.messaging import ReportClosed, UnknownConversation, UnknownMember, UnknownMessage, UnknownReport
from svc_messaging.actions import members, reports
from svc_messaging.actions.reports import ReportAboutNothing


def report(talk, reporter, here, message=None, person=None):
    message_id = message["id"] if message else None
    return talk.do(reports.create_report, reporter, here, "spam", "look at this", message_id, person)


def listed(talk, state="open", limit=50, after=None):
    return [each.id for each in talk.do(reports.list_reports, state, limit, after)]


def test_a_reported_message_names_its_author(talk):
    here = talk.group(talk.ada, talk.ben)
    made = report(talk, talk.ada, here, talk.say(here, talk.ben))
    assert (made.user_id, made.state) == (talk.ben, "open")


def test_a_member_reports_a_person_who_is_there_or_was_heard_there(talk):
    here = talk.group(talk.ada, talk.ben, talk.eve)
    talk.say(here, talk.eve)
    talk.do(members.remove_member, here, talk.ada, talk.eve)
    assert report(talk, talk.ada, here, person=talk.ben).user_id == talk.ben
    assert report(talk, talk.ada, here, person=talk.eve).user_id == talk.eve
    with pytest.raises(UnknownMember):
        report(talk, talk.ada, here, person=new_id())


def test_the_same_complaint_is_kept_once_while_it_is_open(talk):
    here = talk.group(talk.ada, talk.ben)
    message = talk.say(here, talk.ben)
    first = report(talk, talk.ada, here, message).id
    assert report(talk, talk.ada, here, message).id == first
    talk.do(reports.resolve_report, talk.eve, first, "dismissed")
    assert report(talk, talk.ada, here, message).id != first


def test_nobody_reports_themselves_or_nothing(talk):
    here = talk.group(talk.ada, talk.ben)
    for about in ({}, {"person": talk.ada}, {"message": talk.say(here, talk.ada)}):
        with pytest.raises(ReportAboutNothing):
            report(talk, talk.ada, here, **about)


def test_a_message_is_reported_where_it_is(talk):
    here, there = talk.group(talk.ada, talk.ben), talk.group(talk.ada)
    with pytest.raises(UnknownMessage):
        report(talk, talk.ada, there, talk.say(here, talk.ben))


def test_a_stranger_reports_nothing(talk):
    here = talk.group(talk.ada, talk.ben)
    with pytest.raises(UnknownConversation):
        report(talk, talk.eve, here, talk.say(here, talk.ben))


def test_reports_are_listed_by_their_state_in_pages(talk):
    here = talk.group(talk.ada, talk.ben)
    made = [report(talk, talk.ada, here, talk.say(here, talk.ben)).id for _ in range(3)]
    talk.do(reports.resolve_report, talk.eve, made[1], "resolved")
    assert listed(talk) == [made[0], made[2]]
    assert listed(talk, limit=1) == [made[0]]
    assert listed(talk, after=made[0]) == [made[2]]
    assert listed(talk, "resolved") == [made[1]]


def test_a_report_is_settled_once(talk):
    here = talk.group(talk.ada, talk.ben)
    made = report(talk, talk.ada, here, talk.say(here, talk.ben)).id
    settled = talk.do(reports.resolve_report, talk.eve, made, "resolved")
    assert (settled.state, settled.resolved_by) == ("resolved", talk.eve)
    assert talk.do(reports.resolve_report, talk.eve, made, "resolved").state == "resolved"
    with pytest.raises(ReportClosed):
        talk.do(reports.resolve_report, talk.eve, made, "dismissed")


def test_an_unknown_report_is_not_settled(talk):
    with pytest.raises(UnknownReport):
        talk.do(reports.resolve_report, talk.eve, new_id(), "resolved")


def test_a_moderator_sees_the_reported_message_and_what_is_next_to_it(talk):
    here = talk.group(talk.ada, talk.ben)
    said = [talk.say(here, talk.ben, f"number {number}") for number in range(12)]
    made = report(talk, talk.ada, here, said[6])
    seen = talk.do(reports.look_into, made.id)
    assert [each["text"] for each in seen["messages"]] == [f"number {number}" for number in range(3, 10)]
    assert (seen["report"]["id"], seen["kind"], seen["title"]) == (made.id, "group", "The choir")


def test_of_a_reported_person_the_last_messages_are_seen(talk):
    here = talk.group(talk.ada, talk.ben)
    for number in range(5):
        talk.say(here, talk.ben, f"ben {number}")
        talk.say(here, talk.ada, f"ada {number}")
    seen = talk.do(reports.look_into, report(talk, talk.ada, here, person=talk.ben).id)
    assert [each["text"] for each in seen["messages"]] == ["ben 2", "ben 3", "ben 4"]


def test_there_is_nothing_to_see_of_an_unknown_report(talk):
    with pytest.raises(UnknownReport):
        talk.do(reports.look_into, new_id())
