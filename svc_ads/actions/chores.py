"""Walks through everything that are made again from time to time, and go on where a killed process was."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from svc_ads.models import Chore


def is_due(session: Session, name: str, every: timedelta, now: datetime) -> bool:
    """Tell whether a walk is under way, was never made, or is due again."""
    row = session.get(Chore, name, populate_existing=True)
    return row is None or row.place is not None or row.done_at is None or row.done_at <= now - every


def place(session: Session, name: str) -> str | None:
    """Return where a walk goes on; None at its beginning."""
    row = session.get(Chore, name, populate_existing=True)
    return row.place if row else None


def move(session: Session, name: str, to: str | None, now: datetime) -> None:
    """Remember how far a walk has come; None: to its end."""
    values = {"place": to} if to is not None else {"place": None, "done_at": now}
    row = insert(Chore).values(name=name, **values)
    session.execute(row.on_conflict_do_update(index_elements=["name"], set_=values))


def begin_again(session: Session, names: Collection[str]) -> None:
    """Let walks be made at once."""
    session.execute(delete(Chore).where(Chore.name.in_(names)))
