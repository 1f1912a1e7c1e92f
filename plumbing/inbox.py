"""Handling an event once, however often it is delivered."""

from __future__ import annotations

from sqlalchemy import MetaData, delete, func, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from plumbing.tables import inbox_table

_inbox = inbox_table(MetaData())


def inbox_once(session: Session, consumer: str, event_id: str) -> bool:
    """Note in this transaction that `consumer` handles `event_id`; False means that it already has.

    A second delivery that comes while the first is being handled waits for it.
    """
    statement = insert(_inbox).values(consumer=consumer, event_id=event_id).on_conflict_do_nothing()
    return session.execute(statement.returning(_inbox.c.event_id)).first() is not None


def forget_handled(session: Session, older_than_days: int = 30) -> int:
    """Delete notes older than any redelivery can be, and return how many."""
    age = func.now() - text(f"interval '{int(older_than_days)} days'")
    return session.execute(delete(_inbox).where(_inbox.c.handled_at < age)).rowcount  # type: ignore[attr-defined]
