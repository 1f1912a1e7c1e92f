"""Signed, timed tokens: one salt a purpose, each bound to a state so that it works once."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any, Literal

from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session as Db

from svc_auth.actions.sealing import derived_keys
from svc_auth.models import UsedToken

Purpose = Literal[
    "reset password", "verify email", "second factor", "enrolment", "oidc state", "oidc flow", "copy of data"
]


def sign(purpose: Purpose, payload: dict[str, Any]) -> str:
    """Return a token that carries `payload` for `purpose` alone."""
    return str(_serializer(purpose).dumps(payload))


def read(purpose: Purpose, token: str, max_age_s: int) -> dict[str, Any] | None:
    """Return what `sign` was given, or None for a forged, foreign or expired token."""
    try:
        payload = _serializer(purpose).loads(token, max_age=max_age_s)
    except BadData:
        return None
    return payload if isinstance(payload, dict) else None


def spend(db: Db, token_id: str, now: datetime, life_s: int) -> bool:
    """Mark a one-use token as used; False when it was already."""
    row = {"token_id": token_id, "expires_at": now + timedelta(seconds=life_s)}
    done = db.execute(insert(UsedToken).values(row).on_conflict_do_nothing().returning(UsedToken.token_id))
    return done.first() is not None


def sweep(db: Db, now: datetime) -> None:
    """Forget used tokens that have expired anyway."""
    db.execute(delete(UsedToken).where(UsedToken.expires_at < now))


def fingerprint(*state: object) -> str:
    """Return a short digest of the state that a token is bound to."""
    return hashlib.sha256("\0".join(map(str, state)).encode()).hexdigest()[:32]


def _serializer(purpose: Purpose) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(
        derived_keys("signed tokens"), salt=purpose, signer_kwargs={"digest_method": hashlib.sha256}
    )
