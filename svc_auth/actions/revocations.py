"""Ending access before its tokens end: a row for who polls, an event for who listens."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session as Db

from contracts.auth import SessionRevoked
from contracts.base import new_id
from plumbing.outbox import record_event
from svc_auth.models import Revocation
from svc_auth.policy import ACCESS_TTL_S, REVOCATION_LIFE, REVOCATION_OVERLAP

_MADE = "svc_auth.revocations"
#: The most rows one poll returns; the poller goes on from the last one.
MOST = 5_000


def revoke(db: Db, user_id: str, session_id: str | None, now: datetime) -> None:
    """Tell everybody that a session (None: all of the person's) is over."""
    at = max(now, datetime.now(UTC))  # after the locks: no token that must die is younger
    row = Revocation(user_id=user_id, revocation_id=new_id(), session_id=session_id, revoked_at=at)
    db.add(row)
    db.info.setdefault(_MADE, []).append(row)
    record_event(db, SessionRevoked(user_id=user_id, session_id=session_id))


def take_made(db: Db) -> list[Revocation]:
    """Return the revocations made in this transaction, for the live push after its commit."""
    made: list[Revocation] = db.info.pop(_MADE, [])
    return made


def list_since(db: Db, since: datetime | None, now: datetime) -> Sequence[Revocation]:
    """Return revocations since a moment (and a little before it), oldest first."""
    start = since - REVOCATION_OVERLAP if since else now - timedelta(seconds=2 * ACCESS_TTL_S)
    wanted = select(Revocation).where(Revocation.revoked_at >= start)
    return db.scalars(wanted.order_by(Revocation.revoked_at, Revocation.revocation_id).limit(MOST)).all()


def sweep(db: Db, now: datetime) -> None:
    """Delete revocations that no living token can need."""
    db.execute(delete(Revocation).where(Revocation.revoked_at < now - REVOCATION_LIFE))
