"""Looking people up, and what admins do to them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session as Db

from contracts.auth import LastAdmin, UnknownUser
from contracts.base import Forbidden
from svc_auth.actions import accounts, audit, names, sessions
from svc_auth.models import IS_ADMIN, NameWord, User


def get(db: Db, user_id: str, *, lock: bool = False) -> User:
    """Return a person.

    Raises:
        UnknownUser: There is none.
    """
    user = db.get(User, user_id, with_for_update=lock or None)
    if user is None:
        raise UnknownUser
    return user


def find(db: Db, user_ids: Sequence[str]) -> Sequence[User]:
    """Return the people of these ids in the order of their ids; unknown ones are left out."""
    return db.scalars(select(User).where(User.user_id.in_(user_ids)).order_by(User.user_id)).all()


def search(db: Db, query: str, limit: int) -> Sequence[User]:
    """Return active people one of whose names begins with `query`, exact usernames first."""
    found = select(NameWord.user_id).where(NameWord.word.like(names.like_prefix(query), escape="\\")).distinct()
    wanted = select(User).where(User.user_id.in_(found), User.deactivated_at.is_(None))
    exact = func.lower(User.username) != query.lower()
    return db.scalars(wanted.order_by(exact, func.lower(User.username)).limit(limit)).all()


def demand_admin(user: User) -> None:
    """Refuse whoever is no admin by the table, whatever their token says.

    Raises:
        Forbidden: They are not.
    """
    if "admin" not in user.roles:
        raise Forbidden


def set_roles(db: Db, user_id: str, roles: list[str], actor_id: str, now: datetime) -> User:
    """Give a person these roles; losing one signs them out, since their tokens still name it.

    Raises:
        UnknownUser: There is none.
        LastAdmin: Nobody would be left who can undo it.
    """
    admins = _lock_admins(db)
    user = get(db, user_id, lock=True)
    lost = set(user.roles) - set(roles)
    if "admin" in lost and admins <= {user_id}:
        raise LastAdmin
    audit.record(db, "roles_set", user_id, actor_id=actor_id, before=list(user.roles), after=roles)
    user.roles = roles
    if lost:
        sessions.end_others(db, user_id, None, "roles", now)
    return user


def set_deactivated(db: Db, user_id: str, deactivated: bool, actor_id: str, now: datetime) -> User:
    """Close or open an account; closing ends its sessions.

    Raises:
        UnknownUser: There is none.
        LastAdmin: Nobody would be left who can undo it.
    """
    admins = _lock_admins(db)
    user = get(db, user_id, lock=True)
    if (user.deactivated_at is not None) == deactivated:
        return user
    if deactivated and admins == {user_id}:
        raise LastAdmin
    user.deactivated_at = now if deactivated else None
    accounts.updated(db, user)
    audit.record(db, "deactivated" if deactivated else "reactivated", user_id, actor_id=actor_id)
    if deactivated:
        sessions.end_others(db, user_id, None, "deactivated", now)
    return user


def demand_another_admin(db: Db, user_id: str) -> None:
    """Refuse to let the only admin go.

    Raises:
        LastAdmin: They are.
    """
    if _lock_admins(db) == {user_id}:
        raise LastAdmin


def search_accounts(db: Db, query: str, limit: int) -> Sequence[User]:
    """Return people as `search` does, closed accounts too."""
    found = select(NameWord.user_id).where(NameWord.word.like(names.like_prefix(query), escape="\\")).distinct()
    exact = func.lower(User.username) != query.lower()
    wanted = select(User).where(User.user_id.in_(found)).order_by(exact, func.lower(User.username))
    return db.scalars(wanted.limit(limit)).all()


def _lock_admins(db: Db) -> set[str]:
    """Return all active admins, locked, so that two of them cannot remove each other at once."""
    admins = select(User.user_id).where(IS_ADMIN, User.deactivated_at.is_(None))
    return set(db.scalars(admins.order_by(User.user_id).with_for_update()))
