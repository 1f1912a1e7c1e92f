import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from contracts.messaging import UnknownConversation
from svc_messaging import batches
from svc_messaging.actions import editing, members, searching
from svc_messaging.message_models import MessageSearch


def find(talk, person, query, here=None, limit=20, after=None):
    return [message.text for message in talk.do(searching.search_messages, person, query, here, limit, after)]


def say_all(talk, here, person, *texts):
    messages = [talk.say(here, person, text) for text in texts]
    talk.index(*messages)
    return messages


@pytest.mark.parametrize(
    ("said", "query"),
    [
        ("Las canciones de Málaga", "cancion"),  # Spanish stems
        ("Las canciones de Málaga", "malaga"),  # without the accent
        ("las canciones de malaga", "MÁLAGA"),  # with one
        ("They were running late", "run"),  # English stems
        ("el pingüino y el ñandú", "pinguino nandu"),
        ("meet me at the station", "the stat"),  # prefix of the last word
        ("call 555-0199 now", "555-0199"),
        ("mail ada@example.org", "ada@example.org"),
        ("Straße", "strasse"),
        ("привет мир", "мир"),
    ],
)
def test_words_are_found(talk, said, query):
    here = talk.direct(talk.ada, talk.ben)
    say_all(talk, here, talk.ada, said, "something else altogether")
    assert find(talk, talk.ben, query) == [said]


def test_all_words_are_needed(talk):
    say_all(talk, talk.direct(talk.ada, talk.ben), talk.ada, "red apple", "green apple")
    assert find(talk, talk.ben, "green apple") == ["green apple"]


def test_only_the_last_word_is_a_prefix(talk):
    say_all(talk, talk.direct(talk.ada, talk.ben), talk.ada, "station master")
    assert find(talk, talk.ben, "station mas") == ["station master"]
    assert find(talk, talk.ben, "stat master") == []


def test_quoted_words_stand_beside_each_other(talk):
    say_all(talk, talk.direct(talk.ada, talk.ben), talk.ada, "new york city", "a new hat for york")
    assert find(talk, talk.ben, '"new york"') == ["new york city"]
    assert len(find(talk, talk.ben, "new york")) == 2


def test_a_word_can_be_unwanted(talk):
    say_all(talk, talk.direct(talk.ada, talk.ben), talk.ada, "tea with milk", "tea with lemon")
    assert find(talk, talk.ben, "tea -milk") == ["tea with lemon"]
    assert find(talk, talk.ben, "-milk") == []


def test_one_of_two_words_is_enough_with_or(talk):
    say_all(talk, talk.direct(talk.ada, talk.ben), talk.ada, "tea", "coffee", "water")
    assert find(talk, talk.ben, "tea or coffee") == ["coffee", "tea"]


@pytest.mark.parametrize(
    "query",
    ["", " ", "'", '"', "''''", "a' & 'b", "!", "&|!()<->:*", "-", "--", "or", "or or", "\\", "\\'", "%", "_", ":*",
     "a:*b", "<->", '"unclosed', "\U0001f44d", "x" * 200, "de la", '-"', "\u0301", "a" + "\u0300" * 190, "\ufdfa" * 11],
)  # fmt: skip
def test_no_query_is_an_error(talk, query):
    say_all(talk, talk.direct(talk.ada, talk.ben), talk.ada, "hello")
    assert find(talk, talk.ben, query) == []


@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=st.text(max_size=searching.MAX_QUERY))
def test_no_query_at_all_is_an_error(database, query):
    with database.reading() as session:
        searching.search_messages(session, "00000000-0000-7000-8000-000000000001", query, None, 10, None)


def test_only_ones_own_conversations_are_searched(talk):
    say_all(talk, talk.direct(talk.ada, talk.ben), talk.ada, "secret")
    assert find(talk, talk.ben, "secret") == ["secret"]
    assert find(talk, talk.eve, "secret") == []


def test_who_was_removed_finds_nothing_any_more(talk):
    here = talk.group(talk.ada, talk.ben)
    say_all(talk, here, talk.ada, "secret")
    talk.do(members.remove_member, here, talk.ada, talk.ben)
    assert find(talk, talk.ben, "secret") == []
    with pytest.raises(UnknownConversation):
        find(talk, talk.ben, "secret", here)


def test_one_conversation_can_be_searched_alone(talk):
    here, there = talk.direct(talk.ada, talk.ben), talk.group(talk.ada)
    say_all(talk, here, talk.ada, "apple here")
    say_all(talk, there, talk.ada, "apple there")
    assert find(talk, talk.ada, "apple", there) == ["apple there"]


def test_deleted_hidden_and_expired_messages_are_not_found(talk):
    here = talk.group(talk.ada, talk.ben)
    deleted, hidden, expired, _ = say_all(talk, here, talk.ada, "apple 1", "apple 2", "apple 3", "apple 4")
    talk.do(editing.delete_message, deleted["id"], talk.ada)
    talk.do(editing.hide_message, hidden["id"], talk.ben)
    talk.let_expire(expired["id"])
    assert find(talk, talk.ben, "apple") == ["apple 4"]
    assert find(talk, talk.ada, "apple") == ["apple 4", "apple 2"]


def test_an_edited_message_is_found_by_its_new_words_alone(talk):
    (message,) = say_all(talk, talk.direct(talk.ada, talk.ben), talk.ada, "apple")
    talk.do(editing.edit_message, message["id"], talk.ada, "pear", [])
    talk.index(message)
    assert find(talk, talk.ben, "apple") == []
    assert find(talk, talk.ben, "pear") == ["pear"]


def test_a_poll_is_found_by_its_question_and_options(talk):
    here = talk.direct(talk.ada, talk.ben)
    message = talk.poll(here, talk.ada, question="Where shall we dine?")
    talk.index(message)
    for query in ("dine", "tuesday"):
        assert [each.id for each in talk.do(searching.search_messages, talk.ben, query, None, 5, None)] == [
            message["id"]
        ]


def test_the_service_s_own_messages_are_not_found(talk):
    here = talk.group(talk.ada)
    talk.do(members.add_members, here, talk.ada, [talk.ben])
    batches.rebuild_search(talk.db)
    assert find(talk, talk.ada, "member.added") == []


def test_pages_follow_each_other_without_gap_or_repetition(talk):
    here = talk.direct(talk.ada, talk.ben)
    texts = [f"apple {number}" for number in range(7)]
    say_all(talk, here, talk.ada, *texts)
    seen, after = [], None
    while page := talk.do(searching.search_messages, talk.ben, "apple", None, 3, after):
        seen += [message.text for message in page]
        after = page[-1].id
    assert seen == texts[::-1]


def test_indexing_twice_is_indexing_once(talk):
    (message,) = say_all(talk, talk.direct(talk.ada, talk.ben), talk.ada, "apple")
    talk.index(message, message)
    assert talk.count(select(func.count()).select_from(MessageSearch)) == 1


def test_the_index_can_be_rebuilt(talk, monkeypatch):
    monkeypatch.setattr(batches, "INDEX_BATCH", 2)
    here = talk.direct(talk.ada, talk.ben)
    messages = [talk.say(here, talk.ada, f"apple {number}") for number in range(5)]
    talk.do(editing.delete_message, messages[0]["id"], talk.ada)
    assert batches.rebuild_search(talk.db) == 3
    assert len(find(talk, talk.ben, "apple")) == 4


@pytest.mark.parametrize("few", [0, searching.FEW_MESSAGES])
def test_asking_the_index_and_looking_at_every_message_find_the_same(talk, monkeypatch, few):
    monkeypatch.setattr(searching, "FEW_MESSAGES", few)
    here, there = talk.direct(talk.ada, talk.ben), talk.direct(talk.ada, talk.eve)
    deleted, hidden, *_ = say_all(talk, here, talk.ada, "apple 1", "apple 2", "apple tree", "pear tree")
    say_all(talk, there, talk.ada, "apple elsewhere")
    talk.do(editing.delete_message, deleted["id"], talk.ada)
    talk.do(editing.hide_message, hidden["id"], talk.ben)
    assert find(talk, talk.ben, "apple") == ["apple tree"]
    assert find(talk, talk.ben, "app", here) == ["apple tree"]
    assert find(talk, talk.ada, "app", there) == ["apple elsewhere"]
    assert find(talk, talk.ben, '"pear tree" or elsewhere') == ["pear tree"]
