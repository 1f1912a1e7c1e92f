import eventlet
import pytest
from sqlalchemy import func, select

from contracts.base import new_id
from svc_messaging import index_queue
from svc_messaging.actions import indexing
from svc_messaging.index_queue import IndexQueue
from svc_messaging.models import MessageSearch

INDEXED = select(func.count()).select_from(MessageSearch)


def index_all(queue, keys):
    """Ask for all at once; return what each one raised."""

    def ask(key):
        try:
            queue.index(*key)
        except ValueError as error:
            return error
        return None

    pool = eventlet.GreenPool()
    with eventlet.Timeout(20):
        return list(pool.imap(ask, keys))


def said(talk, number):
    here = talk.group(talk.ada)
    return [(here, talk.say(here, talk.ada, f"apple {index}")["id"]) for index in range(number)]


def test_who_comes_while_a_batch_runs_shares_the_next_one(talk, monkeypatch):
    sizes = []

    def counted(session, keys):
        sizes.append(len(keys))
        indexing.index_messages(session, keys)

    monkeypatch.setattr(index_queue, "index_messages", counted)
    keys = said(talk, 30)
    assert index_all(IndexQueue(talk.db), keys) == [None] * 30
    assert talk.count(INDEXED) == 30
    assert sum(sizes) == 30
    assert len(sizes) < 10


def test_no_batch_is_too_large(talk, monkeypatch):
    monkeypatch.setattr(index_queue, "MOST", 7)
    assert index_all(IndexQueue(talk.db), said(talk, 30)) == [None] * 30
    assert talk.count(INDEXED) == 30


def test_one_that_fails_harms_no_other(talk, monkeypatch):
    keys = said(talk, 10)

    def picky(session, asked):
        if keys[4] in asked:
            raise ValueError
        indexing.index_messages(session, asked)

    monkeypatch.setattr(index_queue, "index_messages", picky)
    outcomes = index_all(IndexQueue(talk.db), keys)
    assert [number for number, error in enumerate(outcomes) if error] == [4]
    assert talk.count(INDEXED) == 9


def test_after_a_failure_it_goes_on(talk, monkeypatch):
    queue = IndexQueue(talk.db)
    keys = said(talk, 1)
    with monkeypatch.context() as broken, pytest.raises(ZeroDivisionError):
        broken.setattr(index_queue, "index_messages", lambda session, asked: 1 / 0)
        queue.index(*keys[0])
    queue.index(*keys[0])
    assert talk.count(INDEXED) == 1


def test_what_does_not_exist_is_no_error(talk):
    IndexQueue(talk.db).index(new_id(), new_id())
    assert talk.count(INDEXED) == 0
