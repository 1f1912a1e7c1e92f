"""Things to do once a transaction has committed, and never when it rolls back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

from plumbing.logs import get_logger

log = get_logger(__name__)

_KEY = "charla_after_commit"
#: An action, and the savepoints in which it was asked for.
_Waiting = list[tuple[Callable[[], Any], tuple[SessionTransaction, ...]]]


def after_commit(session: Session, action: Callable[[], Any]) -> None:
    """Run `action` after `session`'s present transaction committed.

    A savepoint that is released is no commit; one that is rolled back takes along what was asked
    for inside of it. What `action` raises is logged: the transaction is already good, and so is
    its answer.
    """
    waiting: _Waiting | None = session.info.get(_KEY)
    if waiting is None:
        waiting = session.info[_KEY] = []
        event.listen(session, "after_commit", _run)
        event.listen(session, "after_rollback", _forget)
    waiting.append((action, tuple(_savepoints(session))))


def _savepoints(session: Session) -> Iterator[SessionTransaction]:
    inside = session.get_nested_transaction()
    while inside is not None and inside.nested:
        yield inside
        inside = inside.parent


def _run(session: Session) -> None:
    if session.in_nested_transaction():
        return
    waiting, session.info[_KEY][:] = list(session.info[_KEY]), []
    for action, _ in waiting:
        try:
            action()
        except Exception:
            log.exception("after_commit_failed")


def _forget(session: Session) -> None:
    ended = session.get_nested_transaction()
    waiting: _Waiting = session.info[_KEY]
    waiting[:] = [each for each in waiting if ended is not None and ended not in each[1]]
