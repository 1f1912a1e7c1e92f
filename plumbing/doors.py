"""What a door does around an action: who calls, a transaction, tried again after a deadlock, and then the frames."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from plumbing import frames

Outcome = TypeVar("Outcome")

ATTEMPTS = 3
#: PostgreSQL's serialization_failure and deadlock_detected: the transaction may be tried again.
_TRY_AGAIN = frozenset({"40001", "40P01"})


class Called:
    """Mixin of doors that people call."""

    caller: Any

    def me(self) -> str:
        """Return the id of the person who calls.

        Raises:
            Unauthenticated: Nobody does.
        """
        user_id: str = self.caller.user().user_id
        return user_id


class Writing:
    """Mixin of doors and workers that have a database and a push."""

    db: Any
    push: Any

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Yield a transaction; after its commit the collected live frames are pushed."""
        with self.db.transaction() as session:
            yield session
        self.push.many(frames.collected(session))

    def write(self, work: Callable[[Session], Outcome]) -> Outcome:
        """Run `work` in a transaction, again (at most twice) where PostgreSQL broke a deadlock."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with self.writing() as session:
                    return work(session)
            except OperationalError as error:
                if attempt == ATTEMPTS or getattr(error.orig, "pgcode", None) not in _TRY_AGAIN:
                    raise
        raise AssertionError("unreachable")
