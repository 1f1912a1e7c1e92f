"""Things to do once a transaction has committed, and never when it rolls back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session

from plumbing.logs import get_logger

log = get_logger(__name__)

_KEY = "charla_after_commit"


def after_commit(session: Session, action: Callable[[], Any]) -> None:
    """Run `action` after `session`'s present transaction committed.

    What it raises is logged: the transaction is already good, and so is its answer.
    """
    waiting: list[Callable[[], Any]] | None = session.info.get(_KEY)
    if waiting is None:
        waiting = session.info[_KEY] = []
        event.listen(session, "after_commit", _run)
        event.listen(session, "after_rollback", _forget)
    waiting.append(action)


def _run(session: Session) -> None:
    waiting, session.info[_KEY][:] = list(session.info[_KEY]), []
    for action in waiting:
        try:
            action()
        except Exception:
            log.exception("after_commit_failed")


def _forget(session: Session) -> None:
    session.info[_KEY].clear()
