"""Mails that are owed: written down with what they are about, made and sent later.

So that an answer never tells, by its words or its time, whether an address is known.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.orm import Session as Db

from contracts.base import new_id
from svc_auth.actions import links, mail_texts
from svc_auth.models import Mail, User, VerifiedEmail
from svc_auth.providers import Letter

Kind = Literal["verify_email", "reset_password", "password_changed", "email_changed", "export_ready", "erasure_asked"]

MAX_ATTEMPTS = 8
_LEASE = timedelta(seconds=60)
_PARKED_LIFE = timedelta(days=7)


class Owed(NamedTuple):
    """A mail taken for sending."""

    key: tuple[str, str]
    letter: Letter | None


def owe(db: Db, kind: Kind, address: str, user_id: str | None, now: datetime) -> None:
    """Write down that a mail has to go to `address`."""
    db.add(
        Mail(
            email_key=address.lower(),
            mail_id=new_id(),
            kind=kind,
            user_id=user_id,
            created_at=now,
            next_at=now,
        )
    )


def take_due(db: Db, now: datetime, most: int = 20) -> Sequence[Owed]:
    """Return mails to send now, each leased for a minute times its attempts."""
    due = (
        select(Mail)
        .where(Mail.next_at <= now, Mail.attempts < MAX_ATTEMPTS)
        .order_by(Mail.next_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    rows = db.scalars(due).all()
    for row in rows:
        row.attempts += 1
        row.next_at = now + _LEASE * row.attempts**2
    return [Owed((row.email_key, row.mail_id), _write(db, row)) for row in rows]


def settle(db: Db, key: tuple[str, str]) -> None:
    """Forget a mail that was sent, or that nobody is to get."""
    db.execute(delete(Mail).where(Mail.email_key == key[0], Mail.mail_id == key[1]))


def sweep(db: Db, now: datetime) -> None:
    """Delete mails that could not be sent for a week."""
    db.execute(delete(Mail).where(Mail.created_at < now - _PARKED_LIFE))


def _write(db: Db, mail: Mail) -> Letter | None:
    return _WRITERS[mail.kind](db, mail)


def _write_verification(db: Db, mail: Mail) -> Letter | None:
    user = db.get(User, mail.user_id)
    if user is None or (user.email or "").lower() != mail.email_key or user.email_verified_at:
        return None
    owner = db.get(VerifiedEmail, mail.email_key)
    if owner is not None:
        return mail_texts.letter("address_in_use", user.email or "", user.locale, name=user.username)
    token = links.sign("verify email", {"u": user.user_id, "s": email_state(user)})
    return mail_texts.letter("verify_email", user.email or "", user.locale, name=user.username, token=token)


def _write_reset(db: Db, mail: Mail) -> Letter | None:
    owner = db.get(VerifiedEmail, mail.email_key)
    user = db.get(User, owner.user_id) if owner else None
    if user is None or user.deactivated_at is not None:
        return None
    token = links.sign("reset password", {"u": user.user_id, "s": password_state(user)})
    return mail_texts.letter("reset_password", user.email or "", user.locale, name=user.username, token=token)


def _write_notice(db: Db, mail: Mail) -> Letter | None:
    user = db.get(User, mail.user_id)
    return mail_texts.letter(mail.kind, mail.email_key, user.locale, name=user.username) if user else None


_WRITERS: dict[str, Callable[[Db, Mail], Letter | None]] = {
    "verify_email": _write_verification,
    "reset_password": _write_reset,
    "password_changed": _write_notice,
    "email_changed": _write_notice,
    "export_ready": _write_notice,
    "erasure_asked": _write_notice,
}


def email_state(user: User) -> str:
    """Return what a verification link is bound to: it dies with its use and with another address."""
    return links.fingerprint(user.user_id, user.email, user.email_verified_at)


def password_state(user: User) -> str:
    """Return what a reset link is bound to: it dies with its use and with another password or address."""
    return links.fingerprint(user.user_id, user.password_hash, user.email)
