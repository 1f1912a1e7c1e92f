"""Remembering what happened to accounts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session as Db

from contracts.auth import NOBODY
from contracts.base import new_id
from svc_auth.models import AuditEntry
from svc_auth.policy import FAILURE_LIFE

_FAILURES = ("login_failed", "code_failed")


def record(
    db: Db, action: str, user_id: str | None, *, actor_id: str | None = None, address: str = "", **facts: Any
) -> None:
    """Add an entry about `user_id` (None: an account that does not exist); the actor is they unless named."""
    db.add(
        AuditEntry(
            user_id=user_id or NOBODY,
            audit_id=new_id(),
            actor_id=actor_id or user_id or NOBODY,
            action=action,
            address=address,
            facts=facts,
            created_at=datetime.now(UTC),
        )
    )


def list_entries(
    db: Db, limit: int, after: str | None, **wanted_facts: str | None
) -> tuple[Sequence[AuditEntry], str | None]:
    """Return the newest entries before the cursor `after`, and the next cursor.

    `wanted_facts` are values that user_id, actor_id or action must have; None asks for nothing.
    """
    wanted = select(AuditEntry).order_by(AuditEntry.audit_id.desc()).limit(limit + 1)
    wanted = wanted.filter_by(**{name: value for name, value in wanted_facts.items() if value is not None})
    if after:
        wanted = wanted.where(AuditEntry.audit_id < after)
    rows = db.scalars(wanted).all()
    more = len(rows) > limit
    return rows[:limit], rows[limit - 1].audit_id if more else None


def sweep(db: Db, now: datetime) -> None:
    """Delete failed sign-ins of long ago; the ids tell the time, so their index finds them."""
    first_kept = UUID(int=int((now - FAILURE_LIFE).timestamp() * 1000) << 80)
    db.execute(delete(AuditEntry).where(AuditEntry.audit_id < str(first_kept), AuditEntry.action.in_(_FAILURES)))
