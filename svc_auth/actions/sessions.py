"""Signed-in devices and the rotation of their refresh tokens."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session as Db

from contracts.auth import AccountDeactivated, SessionEnded, TokenExpired, TokenInvalid, UnknownSession
from contracts.base import new_id
from svc_auth.actions import audit, demands, revocations
from svc_auth.models import RefreshToken, Session, User
from svc_auth.policy import GRACE_USES, MAX_SESSIONS, REFRESH_GRACE, REFRESH_LIFE, SESSION_LIFE


@dataclass(frozen=True)
class Opened:
    """A session with a refresh token fresh from the mint; `token` is shown this once."""

    user: User
    session: Session
    token: str


class Reused:
    """A refresh token came back after its use: its session was ended."""


class FactorMissing:
    """A session was ended, since it was opened without the factor that is demanded of its person."""


def open_session(db: Db, user: User, *, device: str, address: str, now: datetime, with_factor: bool = False) -> Opened:
    """Sign a device in.

    Raises:
        AccountDeactivated: Nobody signs in there.
    """
    if user.deactivated_at is not None:
        raise AccountDeactivated
    _make_room(db, user.user_id, now)
    session = Session(
        user_id=user.user_id,
        session_id=new_id(),
        device=device,
        address=address,
        created_at=now,
        last_seen_at=now,
        expires_at=now + REFRESH_LIFE,
        with_factor=with_factor,
    )
    db.add(session)
    return Opened(user, session, _mint(db, session, now))


def rotate(db: Db, token: str, *, device: str, address: str, now: datetime) -> Opened | Reused | FactorMissing:
    """Trade a refresh token for the next one.

    A used token ends its whole session, except within ten seconds from the same device: its
    first answer was lost on the way, then. So does a factor that is demanded by now.

    Raises:
        TokenInvalid: There is no such token.
        TokenExpired: Its life is over.
        SessionEnded: Its session was ended.
        AccountDeactivated: Its owner was deactivated.
    """
    session, row = _find(db, token)
    if session.ended_at is not None:
        raise SessionEnded
    if row.expires_at <= now:
        raise TokenExpired
    if row.used_at is not None and not _is_late_twin(row, session, device, now):
        end(db, session, "reuse", now)
        audit.record(db, "refresh_token_reused", session.user_id, address=address, session_id=session.session_id)
        return Reused()
    return _next(db, session, row, address, now)


def _next(db: Db, session: Session, row: RefreshToken, address: str, now: datetime) -> Opened | FactorMissing:
    user = db.get_one(User, session.user_id)
    if user.deactivated_at is not None:
        raise AccountDeactivated
    if demands.is_owed(user, session):
        end(db, session, "second_factor", now)
        return FactorMissing()
    row.grace_uses += row.used_at is not None
    row.used_at = row.used_at or now
    session.address, session.last_seen_at = address, now
    session.expires_at = _end_of(session, now)
    return Opened(user, session, _mint(db, session, now))


def _is_late_twin(row: RefreshToken, session: Session, device: str, now: datetime) -> bool:
    within = row.used_at is not None and now - row.used_at <= REFRESH_GRACE
    return within and device == session.device and row.grace_uses < GRACE_USES


def find_by_token(db: Db, token: str) -> Session:
    """Return the session that a refresh token belongs to.

    Raises:
        TokenInvalid: There is no such token.
    """
    return _find(db, token)[0]


def of_cookie(db: Db, token: str | None) -> tuple[str, str] | None:
    """Return person and session of a browser's refresh token; None for none, or one that is not ours."""
    try:
        session = _find(db, token)[0] if token and token.isascii() else None
    except TokenInvalid:
        return None
    return (session.user_id, session.session_id) if session else None


def current(db: Db, user_id: str, session_id: str) -> Session:
    """Return a session that is still on.

    Raises:
        SessionEnded: It is not.
    """
    session = db.get(Session, (user_id, session_id))
    if session is None or session.ended_at is not None:
        raise SessionEnded
    return session


def list_open(db: Db, user_id: str, now: datetime) -> Sequence[Session]:
    """Return a person's sessions that are on, the latest used first."""
    wanted = select(Session).where(Session.user_id == user_id, Session.ended_at.is_(None), Session.expires_at > now)
    return db.scalars(wanted.order_by(Session.last_seen_at.desc(), Session.session_id)).all()


def end_one(db: Db, user_id: str, session_id: str, reason: str, now: datetime) -> None:
    """End one of a person's sessions.

    Raises:
        UnknownSession: They have no such session.
    """
    session = db.get(Session, (user_id, session_id), with_for_update=True)
    if session is None or session.ended_at is not None:
        raise UnknownSession
    end(db, session, reason, now)


def end(db: Db, session: Session, reason: str, now: datetime) -> None:
    """End a session and revoke what it gave out."""
    if session.ended_at is None:
        session.ended_at, session.end_reason = now, reason
        revocations.revoke(db, session.user_id, session.session_id, now)


def end_others(db: Db, user_id: str, kept_id: str | None, reason: str, now: datetime) -> int:
    """End all sessions of a person but `kept_id` (None: really all); return how many."""
    rows = db.scalars(
        select(Session)
        .where(Session.user_id == user_id, Session.ended_at.is_(None))
        .order_by(Session.session_id)
        .with_for_update()
    ).all()
    doomed = [row for row in rows if row.session_id != kept_id]
    for row in doomed:
        if kept_id is not None:
            revocations.revoke(db, user_id, row.session_id, now)
        row.ended_at, row.end_reason = now, reason
    if kept_id is None:
        revocations.revoke(db, user_id, None, now)
    return len(doomed)


def sweep(db: Db, now: datetime) -> None:
    """Delete what expired."""
    db.execute(delete(RefreshToken).where(RefreshToken.expires_at < now))
    db.execute(delete(Session).where(Session.expires_at < now))


def _make_room(db: Db, user_id: str, now: datetime) -> None:
    for old in list_open(db, user_id, now)[MAX_SESSIONS - 1 :]:
        end(db, old, "too_many", now)


def _mint(db: Db, session: Session, now: datetime) -> str:
    """Return a new token: the keys of its row, and 256 random bits."""
    token = f"{UUID(session.user_id).hex}{UUID(session.session_id).hex}.{secrets.token_urlsafe(32)}"
    row = RefreshToken(
        user_id=session.user_id,
        session_id=session.session_id,
        token_hash=_digest(token),
        created_at=now,
        expires_at=_end_of(session, now),
        grace_uses=0,
    )
    db.add(row)
    return token


def _end_of(session: Session, now: datetime) -> datetime:
    """Return when a session ends that is used now and never again."""
    return min(now + REFRESH_LIFE, session.created_at + SESSION_LIFE)


def _find(db: Db, token: str) -> tuple[Session, RefreshToken]:
    keys, _, secret = token.partition(".")
    try:
        user_id, session_id = str(UUID(keys[:32])), str(UUID(keys[32:]))
    except ValueError:
        raise TokenInvalid from None
    session = db.get(Session, (user_id, session_id), with_for_update=True) if secret else None
    row = db.get(RefreshToken, (user_id, session_id, _digest(token))) if session else None
    if session is None or row is None:
        raise TokenInvalid
    return session, row


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
