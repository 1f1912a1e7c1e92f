"""What people change about themselves, and proving a mailbox."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session as Db

from contracts.auth import LinkInvalid
from svc_auth.actions import accounts, audit, links, mails
from svc_auth.models import User, VerifiedEmail
from svc_auth.policy import RESET_LINK_S, VERIFY_LINK_S


def update(db: Db, user: User, changes: dict[str, Any], now: datetime) -> None:
    """Apply checked changes of username, display_name, locale, time_zone and email.

    Raises:
        UsernameTaken: Somebody else has the name.
    """
    if "username" in changes and changes["username"] != user.username:
        accounts.rename(db, user, changes["username"])
    for field in ("display_name", "locale", "time_zone"):
        if field in changes:
            setattr(user, field, changes[field])
    if {"username", "display_name"} & changes.keys():
        accounts.index_names(db, user)
    if "email" in changes and changes["email"] != user.email:
        _change_email(db, user, changes["email"], now)
    if changes:
        accounts.updated(db, user)


def _change_email(db: Db, user: User, email: str | None, now: datetime) -> None:
    if user.email and user.email_verified_at:
        mails.owe(db, "email_changed", user.email, user.user_id, now)
        db.execute(
            delete(VerifiedEmail).where(
                VerifiedEmail.email_key == user.email.lower(), VerifiedEmail.user_id == user.user_id
            )
        )
    user.email, user.email_verified_at = email, None
    audit.record(db, "email_changed", user.user_id)
    if email:
        mails.owe(db, "verify_email", email, user.user_id, now)


def verify_email(db: Db, token: str, now: datetime) -> User:
    """Believe that a mailbox is a person's, by the token mailed to it.

    Raises:
        LinkInvalid: Forged, expired, used, for another address, or another account has proved it.
    """
    user = _bound_user(db, links.read("verify email", token, VERIFY_LINK_S), mails.email_state)
    if not user.email or user.email_verified_at:
        raise LinkInvalid
    row = {"email_key": user.email.lower(), "user_id": user.user_id}
    taken = insert(VerifiedEmail).values(row).on_conflict_do_nothing().returning(VerifiedEmail.user_id)
    if db.execute(taken).first() is None:
        raise LinkInvalid
    user.email_verified_at = now
    audit.record(db, "email_verified", user.user_id)
    return user


def find_for_reset(db: Db, token: str) -> User:
    """Return whose password a reset link may set (locked).

    Raises:
        LinkInvalid: Forged, expired, used, or the account is deactivated.
    """
    user = _bound_user(db, links.read("reset password", token, RESET_LINK_S), mails.password_state)
    if user.deactivated_at is not None:
        raise LinkInvalid
    return user


def _bound_user(db: Db, payload: dict[str, Any] | None, state: Callable[[User], str]) -> User:
    if payload is None:
        raise LinkInvalid
    user = db.get(User, payload.get("u"), with_for_update=True)
    if user is None or payload.get("s") != state(user):
        raise LinkInvalid
    return user
