"""Removing what a service keeps of people whose accounts are gone, a piece at a time (docs/adr/0015).

A row says that somebody's traces are to be removed. Each piece is a transaction, and is found by what is still
there; the last one takes the row along. So it may be told twice, killed anywhere, and run beside another process.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any, ClassVar

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from contracts.auth import AccountErased
from plumbing.doors import Writing
from plumbing.inbox import inbox_once
from plumbing.logs import get_logger
from plumbing.observer import observes
from plumbing.timers import every

log = get_logger(__name__)

_AT_ONCE = 20


class Erasures:
    """Those of one service.

    Args:
        table: The mapped table, with `user_id`, `begun_at` and, where the service asks for it, `messages`.
        consumer: Who hears of accounts that are gone, for `inbox_once`.
        remove_piece: Removes one piece of what is kept of the person of a row; False where nothing was left.
    """

    def __init__(self, table: type[Any], consumer: str, remove_piece: Callable[[Session, Any], object]) -> None:
        self._table, self._consumer, self._remove_piece = table, consumer, remove_piece

    def begin(self, session: Session, event: AccountErased) -> None:
        """Note that somebody's traces are to be removed; told again it changes nothing."""
        if inbox_once(session, self._consumer, event.event_id):
            known = {"user_id": event.user_id, "messages": event.messages, "begun_at": datetime.now(UTC)}
            values = {name: value for name, value in known.items() if name in self._table.__table__.c}
            session.execute(insert(self._table).values(values).on_conflict_do_nothing())

    def waiting(self, session: Session, limit: int) -> list[str]:
        """Return up to `limit` people whose traces are still to be removed, the longest waiting first."""
        return list(session.scalars(select(self._table.user_id).order_by(self._table.begun_at).limit(limit)))

    def erase_piece(self, session: Session, user_id: str) -> bool:
        """Remove one piece of what is kept of somebody; False where nothing is, or another process is at it."""
        row = session.get(self._table, user_id, with_for_update={"skip_locked": True}, populate_existing=True)
        if row is None:
            return False
        if not self._remove_piece(session, row):
            session.delete(row)
        return True


class Erasing(Writing):
    """Mixin of workers: hears whose account is gone, and removes what is left of them."""

    erasures: ClassVar[Erasures]

    @observes(AccountErased)
    def on_account_erased(self, event: AccountErased) -> None:
        """Note whose traces are to be removed; the timer below removes them."""
        with self.db.transaction() as session:
            self.erasures.begin(session, event)

    @every(1.0, lock="erase_accounts")
    def erase_accounts(self) -> None:
        """Remove what is left of accounts that are gone; one that fails stops no other, and is tried again."""
        with self.db.reading() as session:
            found = self.erasures.waiting(session, _AT_ONCE)
        for user_id in found:
            try:
                while self.write(partial(self.erasures.erase_piece, user_id=user_id)):
                    pass
            except Exception:
                log.exception("erasure_failed", user_id=user_id)
