"""Making accounts and proving that they are one's own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session as Db

from contracts.auth import SessionEnded, UsernameTaken, UserRegistered, UserUpdated
from contracts.base import new_id
from plumbing.outbox import record_event
from svc_auth.actions import audit, mails, names, sessions
from svc_auth.models import Factor, NameWord, User, Username


def register(
    db: Db,
    *,
    username: str,
    password_hash: str | None,
    display_name: str,
    email: str | None,
    locale: str,
    time_zone: str,
    address: str,
    now: datetime,
    user_id: str | None = None,
) -> User:
    """Make an account. An e-mail address stays a claim until its owner follows the mailed link.

    Raises:
        UsernameTaken: Somebody has the name, in whatever case.
    """
    user = User(
        user_id=user_id or new_id(),
        username=username,
        display_name=display_name,
        email=email,
        locale=locale,
        time_zone=time_zone,
        roles=["user"],
        password_hash=password_hash,
        version=0,
        created_at=now,
    )
    _take_username(db, username, user.user_id)
    db.add(user)
    index_names(db, user)
    if email:
        mails.owe(db, "verify_email", email, user.user_id, now)
    audit.record(db, "registered", user.user_id, address=address)
    record_event(db, UserRegistered(user_id=user.user_id, username=username, display_name=display_name))
    return user


def _take_username(db: Db, username: str, user_id: str) -> None:
    if db.get(Username, names.retired_key(username)) is not None:
        raise UsernameTaken
    row = {"username_key": username.lower(), "user_id": user_id}
    taken = insert(Username).values(row).on_conflict_do_nothing().returning(Username.user_id)
    if db.execute(taken).first() is None:
        raise UsernameTaken


def rename(db: Db, user: User, username: str) -> None:
    """Give a person another name. The former one stays theirs, so that nobody can pass for them under it.

    Raises:
        UsernameTaken: Somebody else has the name, or had it.
    """
    owner = db.get(Username, username.lower())
    if owner is None:
        _take_username(db, username, user.user_id)
    elif owner.user_id != user.user_id:
        raise UsernameTaken
    audit.record(db, "username_changed", user.user_id, before=user.username, after=username)
    user.username = username


def is_taken(db: Db, username: str) -> bool:
    """Tell whether somebody has the name, or had it until their account was erased."""
    keys = (username.lower(), names.retired_key(username))
    return any(db.get(Username, key) is not None for key in keys)


def find_by_username(db: Db, username: str) -> User | None:
    """Return the person who has or had that name, in whatever case, or None."""
    found = db.get(Username, username.lower()) if len(username) <= 32 else None
    return db.get(User, found.user_id) if found else None


def get_own(db: Db, user_id: str, session_id: str) -> User:
    """Return the person behind a session that is still on.

    Raises:
        SessionEnded: It is over, or its person is gone.
    """
    sessions.current(db, user_id, session_id)
    user = db.get(User, user_id)
    if user is None or user.deactivated_at is not None:
        raise SessionEnded
    return user


def factor_kinds(db: Db, user_id: str) -> list[str]:
    """Return the kinds of factors that a person confirmed."""
    wanted = select(Factor.kind).where(Factor.user_id == user_id, Factor.confirmed_at.is_not(None))
    return sorted(set(db.scalars(wanted)))


def index_names(db: Db, user: User) -> None:
    """Make a person findable by their present names, and by no former ones."""
    db.execute(delete(NameWord).where(NameWord.user_id == user.user_id))
    found = names.words(user.username, user.display_name)
    db.execute(insert(NameWord), [{"user_id": user.user_id, "word": word} for word in sorted(found)])


def updated(db: Db, user: User) -> None:
    """Announce that something of a person that others see has changed."""
    user.version += 1
    event = UserUpdated(
        user_id=user.user_id,
        username=user.username,
        display_name=user.display_name,
        deactivated=user.deactivated_at is not None,
        version=user.version,
    )
    record_event(db, event)


def set_password(
    db: Db, user: User, password_hash: str, *, kept_session_id: str | None, reason: str, now: datetime
) -> None:
    """Set a new password and end the sessions that the old one opened."""
    user.password_hash = password_hash
    sessions.end_others(db, user.user_id, kept_session_id, reason, now)
    audit.record(db, reason, user.user_id)
    if user.email and user.email_verified_at:
        mails.owe(db, "password_changed", user.email, user.user_id, now)


def facts_about(user: User) -> Sequence[str]:
    """Return what a password must not be like."""
    return [user.username, user.display_name, user.email or "", "charla"]
