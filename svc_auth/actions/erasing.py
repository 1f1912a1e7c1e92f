"""Leaving for good: asked for, called off within the grace, and then done in one transaction.

What is left of an account is a row of `erasures`, and keyed hashes that keep its names taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session as Db

from contracts.auth import NOBODY, AccountErased, ErasureAsked, ErasureView, LeftBehind, OwnUserView
from contracts.clock import rfc3339
from plumbing import idempotency
from plumbing.outbox import record_event
from svc_auth.actions import audit, exports, mails, names, people, sessions
from svc_auth.models import (
    AuditEntry,
    Base,
    Credential,
    Erasure,
    Factor,
    Identity,
    IdentityOwner,
    Mail,
    NameWord,
    RecoveryCode,
    RefreshToken,
    Session,
    User,
    Username,
    VerifiedEmail,
)
from svc_auth.policy import erasure_grace

#: `revocations` stays: what tells the others that the person's tokens are worth nothing any more.
_OF_A_PERSON: tuple[type[Base], ...] = (
    RefreshToken,
    Session,
    RecoveryCode,
    Factor,
    Credential,
    Identity,
    IdentityOwner,
    NameWord,
    VerifiedEmail,
    AuditEntry,
    Mail,
    User,
)


def ask(db: Db, user: User, messages: LeftBehind, kept_session_id: str, now: datetime) -> Erasure:
    """Let the grace of an account (locked) begin, and sign its other devices out.

    Raises:
        ErasureAsked: It has begun already.
        LastAdmin: Nobody would be left who can name another one.
    """
    if db.get(Erasure, user.user_id) is not None:
        raise ErasureAsked
    people.demand_another_admin(db, user.user_id)
    row = Erasure(user_id=user.user_id, messages=messages, asked_at=now, due_at=now + erasure_grace())
    db.add(row)
    sessions.end_others(db, user.user_id, kept_session_id, "erasure", now)
    audit.record(db, "erasure_asked", user.user_id, messages=messages)
    if user.email and user.email_verified_at:
        mails.owe(db, "erasure_asked", user.email, user.user_id, now)
    return row


def call_off(db: Db, user: User) -> None:
    """Keep an account (locked) after all; one that was not to be erased stays as it is."""
    row = db.get(Erasure, user.user_id, with_for_update=True)
    if row is not None:
        db.delete(row)
        audit.record(db, "erasure_called_off", user.user_id)


def find(db: Db, user_id: str) -> Erasure | None:
    """Return when an account is to be erased."""
    return db.get(Erasure, user_id)


def announced(db: Db, view: OwnUserView) -> OwnUserView:
    """Return how somebody sees themselves, with when their account is to be erased where they asked for it."""
    row = db.get(Erasure, view["id"])
    return {**view, "erasure_due_at": rfc3339(row.due_at)} if row is not None else view


def due(db: Db, now: datetime) -> Sequence[str]:
    """Return some people whose grace is over."""
    over = select(Erasure.user_id).where(Erasure.erased_at.is_(None), Erasure.due_at <= now)
    return db.scalars(over.order_by(Erasure.due_at).limit(50)).all()


def erase(db: Db, user_id: str, now: datetime) -> bool:
    """Erase an account whose grace is over, and let everybody hear of it; False where it is not to be erased.

    Raises:
        LastAdmin: It has become the last admin's meanwhile; it waits for another one.
    """
    people.demand_another_admin(db, user_id)
    user = db.get(User, user_id, with_for_update=True)
    row = db.get(Erasure, user_id, with_for_update=True)
    if user is None or row is None or row.erased_at is not None or row.due_at > now:
        return False
    if "admin" in user.roles:
        db.execute(update(AuditEntry).where(AuditEntry.actor_id == user_id).values(actor_id=NOBODY, address=""))
    sessions.end_others(db, user_id, None, "erased", now)
    db.flush()
    _retire_names(db, user_id)
    for table in _OF_A_PERSON:
        db.execute(delete(table).where(table.user_id == user_id).execution_options(synchronize_session=False))  # type: ignore[attr-defined]
    db.expunge(user)
    idempotency.forget(db, user_id)
    exports.forget(db, user_id)
    row.erased_at = now
    audit.record(db, "erased", user_id, messages=row.messages)
    record_event(db, AccountErased(user_id=user_id, messages=_left_behind(row)))
    return True


def _retire_names(db: Db, user_id: str) -> None:
    """Keep a person's names taken without keeping the names."""
    for row in db.scalars(select(Username).where(Username.user_id == user_id)).all():
        db.add(Username(username_key=names.retired_key(row.username_key), user_id=user_id))
        db.delete(row)
    db.flush()


def _left_behind(row: Erasure) -> LeftBehind:
    return "delete" if row.messages == "delete" else "keep"


def erasure_view(row: Erasure | None) -> ErasureView:
    """Return when an account is to be erased, for its owner."""
    grace_s = round(erasure_grace().total_seconds())
    if row is None:
        return {"asked_at": None, "due_at": None, "messages": None, "grace_s": grace_s}
    return {
        "asked_at": rfc3339(row.asked_at),
        "due_at": rfc3339(row.due_at),
        "messages": _left_behind(row),
        "grace_s": grace_s,
    }
