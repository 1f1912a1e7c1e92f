"""What all doors of svc_messaging share: the dependencies, and transactions whose frames are pushed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from plumbing.database import Database
from plumbing.push import Push
from plumbing.rpc import Caller, ServiceRpc
from svc_messaging import live
from svc_messaging.models import Base

Outcome = TypeVar("Outcome")

ATTEMPTS = 3
#: PostgreSQL's serialization_failure and deadlock_detected: the transaction may be tried again.
_TRY_AGAIN = frozenset({"40001", "40P01"})


class Door:
    """Base of the mixins that make up `MessagingService`."""

    db = Database(Base)
    push = Push()
    caller = Caller()
    auth = ServiceRpc("auth")

    def me(self) -> str:
        """Return the id of the person who calls.

        Raises:
            Unauthenticated: Nobody does.
        """
        return self.caller.user().user_id

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Yield a transaction; after its commit the collected live frames are pushed."""
        with self.db.transaction() as session:
            yield session
        self.push.many(live.collected(session))

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
