import pytest

from contracts.messaging import NotAPoll, PollAnonymous, PollClosed, RoleTooLow, UnknownMessage, VoteInvalid
from svc_messaging import batches, views
from svc_messaging.actions import editing, polls


def tally(talk, message, person):
    with talk.db.reading() as session:
        poll = views.load_message_view(session, message["conversation_id"], message["id"], person)["poll"]
    return [(each["votes"], each["mine"]) for each in poll["options"]], poll["voters"], poll["closed"]


def test_a_vote_is_changed_and_taken_back(talk):
    here = talk.group(talk.ada, talk.ben)
    message = talk.poll(here, talk.ada)
    talk.do(polls.vote, talk.ben, message["id"], [0])
    assert tally(talk, message, talk.ben) == ([(1, True), (0, False), (0, False)], 1, False)
    talk.do(polls.vote, talk.ben, message["id"], [2])
    assert tally(talk, message, talk.ada) == ([(0, False), (0, False), (1, False)], 1, False)
    talk.do(polls.vote, talk.ben, message["id"], [])
    assert tally(talk, message, talk.ben) == ([(0, False), (0, False), (0, False)], 0, False)


def test_the_same_vote_again_changes_nothing(talk):
    here = talk.group(talk.ada)
    message = talk.poll(here, talk.ada)
    before = talk.changes(here, talk.ada)
    for _ in range(2):
        talk.do(polls.vote, talk.ada, message["id"], [1])
    assert talk.changes(here, talk.ada) == [*before, "poll.changed"]


def test_a_poll_for_single_votes_takes_one(talk):
    here = talk.group(talk.ada)
    with pytest.raises(VoteInvalid):
        talk.do(polls.vote, talk.ada, talk.poll(here, talk.ada)["id"], [0, 1])
    several = talk.poll(here, talk.ada, multiple=True)
    talk.do(polls.vote, talk.ada, several["id"], [0, 1])
    assert tally(talk, several, talk.ada) == ([(1, True), (1, True), (0, False)], 1, False)


def test_an_option_that_is_not_there_is_refused(talk):
    message = talk.poll(talk.group(talk.ada), talk.ada)
    with pytest.raises(VoteInvalid):
        talk.do(polls.vote, talk.ada, message["id"], [7])


def test_only_polls_take_votes(talk):
    message = talk.say(talk.group(talk.ada), talk.ada)
    with pytest.raises(NotAPoll):
        talk.do(polls.vote, talk.ada, message["id"], [0])


def test_an_anonymous_poll_hides_its_voters(talk):
    here = talk.group(talk.ada, talk.ben)
    named, secret = talk.poll(here, talk.ada), talk.poll(here, talk.ada, anonymous=True)
    for message in (named, secret):
        talk.do(polls.vote, talk.ben, message["id"], [1])
    found = talk.do(polls.list_votes, talk.ada, named["id"], 10, None)
    assert [(each.user_id, each.option_id) for each in found] == [(talk.ben, 1)]
    with pytest.raises(PollAnonymous):
        talk.do(polls.list_votes, talk.ada, secret["id"], 10, None)


def test_no_frame_of_a_vote_names_the_voter(talk, push):
    here = talk.group(talk.ada, talk.ben)
    message = talk.poll(here, talk.ada, anonymous=True)
    push.clear()
    talk.do(polls.vote, talk.ben, message["id"], [1])
    (frame,) = push.on(f"conv:{here}")
    assert talk.ben not in str(frame)


def test_its_author_or_a_moderator_closes_a_poll_for_good(talk):
    here = talk.group(talk.ada, talk.ben, talk.eve)
    message = talk.poll(here, talk.ben)
    with pytest.raises(RoleTooLow):
        talk.do(polls.close_poll, talk.eve, message["id"])
    before = talk.changes(here, talk.ada)
    talk.do(polls.close_poll, talk.ben, message["id"])
    talk.do(polls.close_poll, talk.ada, message["id"])
    assert talk.changes(here, talk.ada) == [*before, "poll.changed"]
    with pytest.raises(PollClosed):
        talk.do(polls.vote, talk.ada, message["id"], [0])


def test_when_its_time_is_over_a_poll_takes_no_votes_and_is_closed_once(talk, push):
    here = talk.group(talk.ada)
    message = talk.poll(here, talk.ada, closes_at="2099-01-01T00:00:00Z")
    talk.let_close(message["id"])
    with pytest.raises(PollClosed):
        talk.do(polls.vote, talk.ada, message["id"], [0])
    before = talk.changes(here, talk.ada)
    assert [batches.close_polls(talk.db, push), batches.close_polls(talk.db, push)] == [1, 0]
    assert talk.changes(here, talk.ada) == [*before, "poll.changed"]


def test_a_deleted_poll_is_gone(talk, push):
    message = talk.poll(talk.group(talk.ada), talk.ada, closes_at="2099-01-01T00:00:00Z")
    talk.let_close(message["id"])
    talk.do(editing.delete_message, message["id"], talk.ada)
    assert batches.close_polls(talk.db, push) == 0
    with pytest.raises(UnknownMessage):
        talk.do(polls.vote, talk.ada, message["id"], [0])


def test_a_stranger_gets_the_answer_for_no_message(talk):
    message = talk.poll(talk.group(talk.ada), talk.ada)
    for action in (lambda *args: talk.do(polls.vote, *args, [0]), lambda *args: talk.do(polls.close_poll, *args)):
        with pytest.raises(UnknownMessage):
            action(talk.eve, message["id"])
