"""Calls to the provider as rows: wanted by an action, made by `actions.calling` after its commit."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from sqlalchemy import delete, exists, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from plumbing.database import server_now
from svc_payments.payment_models import ProviderCall

#: Whoever wants a call makes it at once; after this the worker makes it in their stead.
FIRST_CLAIM = timedelta(seconds=5)
#: Whoever makes a call has so long for it.
LEASE = timedelta(seconds=60)
LONGEST_WAIT_S = 600.0
#: The provider forgets idempotency keys after a day: an older call could happen twice.
TOO_OLD = timedelta(hours=22)

# In a WITH, which is run once: a subquery may be run again for each row, and then takes more than its limit.
_CLAIM = text(
    """
    WITH due AS (
      SELECT id FROM provider_calls
      WHERE given_up IS NULL AND next_attempt_at <= clock_timestamp()
      ORDER BY next_attempt_at LIMIT :size FOR UPDATE SKIP LOCKED
    )
    UPDATE provider_calls c SET attempts = c.attempts + 1, next_attempt_at = clock_timestamp() + :lease
    FROM due WHERE c.id = due.id
    RETURNING c.id, c.kind, c.subject_id, c.arguments, c.attempts, c.created_at
    """
)
_CLAIM_FIRST = text(
    """
    UPDATE provider_calls SET attempts = attempts + 1, next_attempt_at = clock_timestamp() + :lease
    WHERE id = :id AND attempts = 0 AND given_up IS NULL
    RETURNING id, kind, subject_id, arguments, attempts, created_at
    """
)


class Call(NamedTuple):
    """A call that this process makes now."""

    id: str
    kind: str
    subject_id: str
    arguments: dict[str, Any]
    attempts: int
    created_at: datetime


def call_id(subject_id: str, what: str) -> str:
    """Return the id of the one call of that kind about a subject."""
    return str(uuid5(UUID(subject_id), what))


def want(session: Session, *, call_id: str, kind: str, subject_id: str, arguments: dict[str, Any]) -> str:
    """Note a call that is to be made once this transaction is good; the same id again changes nothing."""
    row = insert(ProviderCall).values(
        id=call_id,
        kind=kind,
        subject_id=subject_id,
        arguments=arguments,
        next_attempt_at=server_now(session) + FIRST_CLAIM,
    )
    session.execute(row.on_conflict_do_nothing())
    return call_id


def claim_first(session: Session, call_id: str) -> Call | None:
    """Take a call that nobody has tried yet, for whoever has just wanted it."""
    row = session.execute(_CLAIM_FIRST, {"id": call_id, "lease": LEASE}).first()
    return None if row is None else _call(row)


def claim_due(session: Session, size: int) -> list[Call]:
    """Take up to `size` calls that are due."""
    return [_call(row) for row in session.execute(_CLAIM, {"size": size, "lease": LEASE})]


def _call(row: Any) -> Call:
    return Call(str(row.id), row.kind, str(row.subject_id), row.arguments, row.attempts, row.created_at)


def postpone(session: Session, call: Call) -> None:
    """Let a call be made again later, each time later."""
    wait = timedelta(seconds=min(2.0**call.attempts, LONGEST_WAIT_S))
    again = update(ProviderCall).where(ProviderCall.id == call.id)
    session.execute(again.values(next_attempt_at=server_now(session) + wait))


def give_up(session: Session, call: Call, why: str) -> None:
    """Try a call no more, and leave it for people to see."""
    session.execute(update(ProviderCall).where(ProviderCall.id == call.id).values(given_up=why))


def done(session: Session, call: Call) -> None:
    """Forget a call whose answer is kept."""
    session.execute(delete(ProviderCall).where(ProviderCall.id == call.id))


def take_back(session: Session, subject_id: str) -> bool:
    """Forget a subject's calls if none was ever tried; tell whether that is so."""
    tried = exists().where(ProviderCall.subject_id == subject_id, ProviderCall.attempts > 0)
    untried = delete(ProviderCall).where(ProviderCall.subject_id == subject_id, ~tried)
    return bool(session.execute(untried.returning(ProviderCall.id)).first())


def waiting_for(session: Session, subject_id: str) -> list[str]:
    """Return the ids of calls about a subject that nobody has tried yet."""
    query = text("SELECT id::text FROM provider_calls WHERE subject_id = :id AND attempts = 0 AND given_up IS NULL")
    return list(session.execute(query, {"id": subject_id}).scalars())


def others_wait(session: Session, call: Call) -> bool:
    """Tell whether other calls about the same subject are still to be made or answered."""
    others = (
        ProviderCall.subject_id == call.subject_id,
        ProviderCall.id != call.id,
        ProviderCall.given_up.is_(None),
    )
    return session.scalar(select(ProviderCall.id).where(*others).limit(1)) is not None


def count_given_up(session: Session) -> int:
    """Return how many calls are not tried any more."""
    return session.scalar(select(func.count()).where(ProviderCall.given_up.is_not(None))) or 0
