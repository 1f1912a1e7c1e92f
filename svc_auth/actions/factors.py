"""The factors of a person, of both kinds."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session as Db

from contracts.auth import TooManyFactors, UnknownFactor
from contracts.base import new_id
from svc_auth.actions import audit
from svc_auth.models import Credential, Factor, RecoveryCode
from svc_auth.policy import MAX_FACTORS


def add(db: Db, user_id: str, kind: str, label: str, now: datetime) -> Factor:
    """Add a factor still to be confirmed, in place of unconfirmed ones of its kind.

    Raises:
        TooManyFactors: There is no room for another.
    """
    stale = delete(Factor).where(Factor.user_id == user_id, Factor.kind == kind, Factor.confirmed_at.is_(None))
    db.execute(stale)
    if len(list_confirmed(db, user_id)) >= MAX_FACTORS:
        raise TooManyFactors
    factor = Factor(user_id=user_id, factor_id=new_id(), kind=kind, label=label, created_at=now, sign_count=0)
    db.add(factor)
    return factor


def get(db: Db, user_id: str, factor_id: str) -> Factor:
    """Return a person's factor, locked.

    Raises:
        UnknownFactor: They have no such factor.
    """
    factor = db.get(Factor, (user_id, factor_id), with_for_update=True)
    if factor is None:
        raise UnknownFactor
    return factor


def list_confirmed(db: Db, user_id: str) -> Sequence[Factor]:
    """Return a person's factors in use, oldest first."""
    wanted = select(Factor).where(Factor.user_id == user_id, Factor.confirmed_at.is_not(None))
    return db.scalars(wanted.order_by(Factor.factor_id)).all()


def remove(db: Db, user_id: str, factor_id: str) -> None:
    """Delete a factor; with the last TOTP factor go the recovery codes.

    Raises:
        UnknownFactor: They have no such factor.
    """
    factor = get(db, user_id, factor_id)
    if factor.credential_id is not None:
        db.execute(delete(Credential).where(Credential.credential_hash == credential_hash(factor.credential_id)))
    db.delete(factor)
    db.flush()
    if not any(left.kind == "totp" for left in list_confirmed(db, user_id)):
        db.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    audit.record(db, "factor_deleted", user_id, factor_id=factor_id, kind=factor.kind)


def credential_hash(credential_id: bytes) -> bytes:
    """Return the look-up key of a passkey's credential id (which may have 1,023 bytes)."""
    return hashlib.sha256(credential_id).digest()
