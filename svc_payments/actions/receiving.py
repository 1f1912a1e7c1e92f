"""Webhooks: stored as they come, once each, and applied by looking at what they speak of.

Nothing in a message counts but where to look. Other topics add kinds of objects with `register`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from svc_payments.actions.calling import Desk
from svc_payments.payment_models import ProviderEvent
from svc_payments.provider.base import WebhookEvent

LEASE = timedelta(seconds=60)
#: With these waits, that many failures in a row are about six hours.
MAX_ATTEMPTS = 12
LONGEST_WAIT_S = 3_600.0
#: The provider repeats a message for three days at most.
KEPT = timedelta(days=30)

# PostgreSQL runs this WITH once. A subquery may be run again for each row that it is joined to, skips what it has
# updated by then, and so takes more than its limit.
_CLAIM = text(
    """
    WITH due AS (
      SELECT event_id FROM provider_events
      WHERE applied_at IS NULL AND parked IS NULL AND next_attempt_at <= clock_timestamp()
      ORDER BY next_attempt_at LIMIT :size FOR UPDATE SKIP LOCKED
    )
    UPDATE provider_events e SET attempts = e.attempts + 1, next_attempt_at = clock_timestamp() + :lease
    FROM due WHERE e.event_id = due.event_id
    RETURNING e.event_id, e.type, e.object_kind, e.object_id, e.intent_id, e.account, e.metadata, e.attempts
    """
)


class Received(NamedTuple):
    """A stored webhook that this process applies now."""

    event_id: str
    type: str
    object_kind: str
    object_id: str
    intent_id: str | None
    account: str | None
    metadata: dict[str, str]
    attempts: int


#: Looks at the object at the provider, outside any transaction, and settles it; returns what came of that.
Look = Callable[[Desk, Received], str]
_LOOKS: dict[str, Look] = {}


def register(object_kind: str, look: Look) -> None:
    """Say how objects of a kind are looked at; a module does so when it is imported."""
    _LOOKS[object_kind] = look


def look_of(event: Received) -> Look | None:
    """Return how the event's object is looked at; None for what is of no interest here."""
    if event.account is not None and event.object_kind != "account":
        return None  # something in a person's own account at the provider
    return _LOOKS.get(event.object_kind)


def store(session: Session, event: WebhookEvent) -> bool:
    """Keep a verified webhook; False where it was kept before."""
    row = insert(ProviderEvent).values(
        {
            "event_id": event.id,
            "type": event.type,
            "object_kind": event.object_kind,
            "object_id": event.object_id,
            "intent_id": event.intent_id,
            "account": event.account,
            "metadata": dict(event.metadata),
            "created_at": event.created,
        }
    )
    kept = session.execute(row.on_conflict_do_nothing().returning(ProviderEvent.event_id)).first()
    return kept is not None


def claim(session: Session, size: int) -> list[Received]:
    """Take up to `size` webhooks that are to be applied now."""
    return [Received(*row) for row in session.execute(_CLAIM, {"size": size, "lease": LEASE})]


def applied(session: Session, event: Received, outcome: str) -> None:
    """Note what came of a webhook."""
    done = update(ProviderEvent).where(ProviderEvent.event_id == event.event_id)
    session.execute(done.values(applied_at=func.clock_timestamp(), outcome=outcome))


def failed(session: Session, event: Received, why: str) -> bool:
    """Let a webhook be tried again later, or park it after too many times; tell whether it is parked."""
    parked = event.attempts >= MAX_ATTEMPTS
    wait = timedelta(seconds=min(2.0**event.attempts, LONGEST_WAIT_S))
    later = update(ProviderEvent).where(ProviderEvent.event_id == event.event_id)
    values = {"next_attempt_at": func.clock_timestamp() + wait}
    session.execute(later.values(**values, parked=why if parked else None))
    return parked


def count_parked(session: Session) -> int:
    """Return how many webhooks wait for people to look at them."""
    return session.scalar(select(func.count()).where(ProviderEvent.parked.is_not(None))) or 0


def list_parked(session: Session, limit: int = 100) -> Sequence[ProviderEvent]:
    """Return webhooks that could not be applied, the oldest first."""
    query = select(ProviderEvent).where(ProviderEvent.parked.is_not(None))
    return session.scalars(query.order_by(ProviderEvent.received_at).limit(limit)).all()


def replay(session: Session, event_ids: Sequence[str] | None = None) -> int:
    """Let parked webhooks be tried again, all of them where none is named; return how many."""
    again = update(ProviderEvent).where(ProviderEvent.parked.is_not(None))
    if event_ids is not None:
        again = again.where(ProviderEvent.event_id.in_(event_ids))
    found = session.execute(
        again.values(parked=None, attempts=0, next_attempt_at=func.clock_timestamp()).returning(ProviderEvent.event_id)
    )
    return len(found.all())


def forget(session: Session, limit: int) -> int:
    """Delete up to `limit` webhooks that are older than any repetition, and return how many."""
    old = (ProviderEvent.received_at < func.now() - KEPT, ProviderEvent.applied_at.is_not(None))
    some = select(ProviderEvent.event_id).where(*old).limit(limit)
    gone = delete(ProviderEvent).where(ProviderEvent.event_id.in_(some))
    return len(session.execute(gone.returning(ProviderEvent.event_id)).all())
