"""What waits for a commit runs after it, once, and never without one."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from plumbing.after_commit import after_commit
from plumbing.database import Transactions


def test_it_runs_after_the_commit(database: Transactions) -> None:
    ran: list[str] = []
    with database.transaction() as session:
        after_commit(session, lambda: ran.append("done"))
        assert ran == []
    assert ran == ["done"]


def test_it_runs_in_the_order_given(database: Transactions) -> None:
    ran: list[int] = []
    with database.transaction() as session:
        for number in range(3):
            after_commit(session, lambda number=number: ran.append(number))
    assert ran == [0, 1, 2]


def test_it_never_runs_after_a_rollback(database: Transactions) -> None:
    ran: list[str] = []
    with pytest.raises(RuntimeError), database.transaction() as session:
        after_commit(session, lambda: ran.append("done"))
        raise RuntimeError
    assert ran == []


def test_it_runs_once_where_a_session_commits_twice(database: Transactions) -> None:
    ran: list[str] = []
    with database.reading() as session:
        after_commit(session, lambda: ran.append("first"))
        session.commit()
        after_commit(session, lambda: ran.append("second"))
        session.commit()
        session.commit()
    assert ran == ["first", "second"]


def test_rolled_back_transaction_leaves_nothing_to_the_next(database: Transactions) -> None:
    ran: list[str] = []
    with database.reading() as session:
        session.execute(text("SELECT 1"))
        after_commit(session, lambda: ran.append("first"))
        session.rollback()
        session.execute(text("SELECT 1"))
        session.commit()
    assert ran == []


def test_released_savepoint_is_no_commit(database: Transactions) -> None:
    ran: list[str] = []
    with pytest.raises(RuntimeError), database.transaction() as session:
        after_commit(session, lambda: ran.append("before"))
        with session.begin_nested():
            after_commit(session, lambda: ran.append("inside"))
        assert ran == []
        raise RuntimeError
    assert ran == []


def test_what_was_asked_for_in_a_savepoint_runs_with_the_whole(database: Transactions) -> None:
    ran: list[str] = []
    with database.transaction() as session, session.begin_nested():
        after_commit(session, lambda: ran.append("inside"))
    assert ran == ["inside"]


def test_rolled_back_savepoint_takes_only_its_own_along(database: Transactions) -> None:
    ran: list[str] = []
    with database.transaction() as session:
        after_commit(session, lambda: ran.append("before"))
        with pytest.raises(RuntimeError), session.begin_nested():
            after_commit(session, lambda: ran.append("outer"))
            with session.begin_nested():
                after_commit(session, lambda: ran.append("inner, released"))
            raise RuntimeError
        after_commit(session, lambda: ran.append("after"))
    assert ran == ["before", "after"]


def test_mistake_in_one_does_not_reach_the_caller_nor_the_others(database: Transactions) -> None:
    ran: list[str] = []
    with database.transaction() as session:
        after_commit(session, lambda: 1 / 0)
        after_commit(session, lambda: ran.append("done"))
    assert ran == ["done"]
