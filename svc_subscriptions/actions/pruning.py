"""What grows is cut back: old lines, pushes, deliveries and walks, in batches that hold no lock for long."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

BATCH = 2_000
#: Table, column of its time, days that it is kept, and which rows alone.
_RULES = (
    ("notifications", "created_at", 90, "true"),
    ("notifications", "created_at", 30, "read_at IS NOT NULL"),
    ("notifications", "created_at", 7, "folded"),
    ("pushes", "created_at", 7, "true"),
    ("deliveries", "at", 30, "true"),
    ("fanout_jobs", "created_at", 7, "state = 'done'"),
)


def prune(session: Session, batch: int = BATCH) -> int:
    """Delete up to `batch` old rows of each kind; return how many were deleted."""
    return sum(_prune(session, *rule, batch) for rule in _RULES)


def _prune(session: Session, table: str, column: str, days: int, condition: str, batch: int) -> int:
    # Names and conditions are ours, from above.
    statement = (
        f"DELETE FROM {table} WHERE ctid = ANY(ARRAY(SELECT ctid FROM {table} "  # noqa: S608
        f"WHERE {column} < now() - interval '{days} days' AND {condition} LIMIT :batch))"
    )
    return session.execute(text(statement), {"batch": batch}).rowcount  # type: ignore[attr-defined]
