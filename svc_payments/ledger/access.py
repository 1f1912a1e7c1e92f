"""What people may use because it was paid for, read from the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Access:
    """Somebody may use a subject from `starts` until `until` (None: for good)."""

    holder_id: str
    subject_kind: str
    subject_id: str
    starts: datetime
    until: datetime | None


# What ended an access may itself have been taken back: a refund that failed, a dispute that was won.
_OPEN = text(
    """
    SELECT opened.subject_id, opened.access_from, opened.access_until
    FROM ledger_transactions AS opened
    WHERE opened.holder_id = CAST(:holder_id AS uuid) AND opened.subject_kind = :subject_kind
      AND (CAST(:subject_ids AS text[]) IS NULL OR opened.subject_id = ANY (CAST(:subject_ids AS text[])))
      AND NOT EXISTS (
        SELECT FROM ledger_transactions AS ending
        WHERE ending.ends_access_of = opened.id AND NOT EXISTS (
          SELECT FROM ledger_transactions AS taken_back WHERE taken_back.ends_access_of = ending.id
        )
      )
    ORDER BY opened.subject_id, opened.access_from
    """
)
_NOW = text("SELECT statement_timestamp()")


def access_of(
    session: Session,
    holder_id: str,
    subject_kind: str,
    subject_ids: Sequence[str] | None = None,
    now: datetime | None = None,
) -> list[Access]:
    """Return what somebody may use now, with periods that touch each other made one.

    Args:
        session: Any.
        holder_id: Whose access.
        subject_kind: `channel`, `post` or `ad_free`.
        subject_ids: Only these; None: all of that kind.
        now: The moment that is asked about; None: the server's own.
    """
    asked = {
        "holder_id": holder_id,
        "subject_kind": subject_kind,
        "subject_ids": None if subject_ids is None else list(subject_ids),
    }
    rows = session.execute(_OPEN, asked).all()
    if not rows:
        return []
    moment: datetime = now or session.execute(_NOW).scalar_one()
    merged = [
        Access(holder_id, subject_kind, subject_id, starts, until)
        for subject_id, periods in groupby(rows, key=lambda row: row.subject_id)
        for starts, until in _merged(list(periods))
    ]
    return [each for each in merged if each.starts <= moment and (each.until is None or each.until > moment)]


def _merged(rows: Sequence[Any]) -> list[tuple[datetime, datetime | None]]:
    """Return the periods of rows, which come in the order of their beginnings, without seams."""
    periods: list[tuple[datetime, datetime | None]] = []
    for row in rows:
        if periods and (periods[-1][1] is None or row.access_from <= periods[-1][1]):
            starts, until = periods[-1]
            longest = None if until is None or row.access_until is None else max(until, row.access_until)
            periods[-1] = (starts, longest)
        else:
            periods.append((row.access_from, row.access_until))
    return periods
