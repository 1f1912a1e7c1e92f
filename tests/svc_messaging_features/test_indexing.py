import pytest
from sqlalchemy import func, select, text

from svc_messaging import batches
from svc_messaging.actions import editing, indexing
from svc_messaging.message_models import MessageSearch, UnindexedMessage

INDEXED = select(func.count()).select_from(MessageSearch)
WAITING = select(func.count()).select_from(UnindexedMessage)


@pytest.fixture
def said(talk):
    """Say a number of things; what waited before is indexed."""
    batches.index_waiting(talk.db)
    here = talk.group(talk.ada)
    return lambda number: [talk.say(here, talk.ada, f"apple {index}") for index in range(number)]


@pytest.fixture
def spoilt(monkeypatch):
    """Make indexing of some messages fail."""
    ids = set()

    def picky(session, keys):
        if ids & {message_id for _, message_id in keys}:
            session.execute(text("SELECT 1 / 0"))
        real(session, keys)

    real = indexing.index_messages
    monkeypatch.setattr(indexing, "index_messages", picky)
    return ids


def test_what_was_sent_is_indexed_once(talk, said):
    said(30)
    assert talk.count(WAITING) == 30
    assert batches.index_waiting(talk.db) == 30
    assert talk.count(INDEXED) == 30
    assert batches.index_waiting(talk.db) == 0


def test_all_batches_are_taken(talk, said, monkeypatch):
    monkeypatch.setattr(batches, "INDEX_BATCH", 7)
    said(30)
    assert batches.index_waiting(talk.db) == 30
    assert talk.count(INDEXED) == 30


def test_one_that_fails_harms_no_other_and_is_left_alone_in_the_end(talk, said, spoilt):
    spoilt.add(said(10)[4]["id"])
    assert batches.index_waiting(talk.db) == 10
    assert talk.count(INDEXED) == 9
    tries = [batches.index_waiting(talk.db) for _ in range(indexing.MAX_ATTEMPTS)]
    assert tries == [1] * (indexing.MAX_ATTEMPTS - 1) + [0]
    assert talk.count(WAITING) == 1


def test_a_later_edit_gives_one_that_failed_another_chance(talk, said, spoilt):
    message = said(1)[0]
    spoilt.add(message["id"])
    for _ in range(indexing.MAX_ATTEMPTS):
        batches.index_waiting(talk.db)
    spoilt.clear()
    assert batches.index_waiting(talk.db) == 0
    talk.do(editing.edit_message, message["id"], talk.ada, "pear", [])
    assert batches.index_waiting(talk.db) == 1
    assert talk.count(INDEXED) == 1


def test_what_another_process_indexes_now_is_skipped(talk, said):
    said(3)
    with talk.db.reading() as session:
        assert len(indexing.TAKE.run(session, most=1, size=2).all()) == 2
        assert batches.index_waiting(talk.db) == 1
    assert batches.index_waiting(talk.db) == 2


def test_nothing_is_lost_when_the_worker_dies_in_the_middle(talk, said):
    said(5)
    with talk.db.reading() as session:  # whose work is thrown away
        assert indexing.index_waiting(session, 10) == 5
    assert talk.count(WAITING) == 5
    assert talk.count(INDEXED) == 0


def test_a_deleted_message_has_no_words(talk, said):
    message = said(1)[0]
    batches.index_waiting(talk.db)
    talk.do(editing.delete_message, message["id"], talk.ada)
    assert batches.index_waiting(talk.db) == 1
    assert talk.count(INDEXED) == 0
