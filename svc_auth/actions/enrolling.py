"""Setting up a first factor where one is demanded: by a token instead of a session, since there is none before."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session as Db

from contracts.auth import AccountDeactivated, TokenInvalid
from contracts.base import new_id
from svc_auth.actions import audit, factors, links, mails, sessions
from svc_auth.actions.sessions import Opened
from svc_auth.models import User
from svc_auth.policy import ENROLMENT_TOKEN_S


def invite(user: User) -> str:
    """Return the token of who proved who they are, and has no factor yet."""
    return links.sign("enrolment", {"u": user.user_id, "s": mails.password_state(user), "i": new_id()})


def invited(db: Db, token: str) -> User:
    """Return who may set up a first factor, locked.

    Raises:
        TokenInvalid: Forged, too old, used, from before a password change, or they have a factor by now.
        AccountDeactivated: Nobody signs in there.
    """
    payload = links.read("enrolment", token, ENROLMENT_TOKEN_S)
    user = db.get(User, payload["u"], with_for_update=True) if payload else None
    if payload is None or user is None or payload["s"] != mails.password_state(user):
        raise TokenInvalid
    if user.deactivated_at is not None:
        raise AccountDeactivated
    if factors.list_confirmed(db, user.user_id):
        raise TokenInvalid
    return user


def enter(db: Db, token: str, user: User, *, by: str, device: str, address: str, now: datetime) -> Opened:
    """Sign in who has just set up a factor; the token is used up.

    Raises:
        TokenInvalid: It was used before.
    """
    payload = links.read("enrolment", token, ENROLMENT_TOKEN_S)
    if payload is None or not links.spend(db, payload["i"], now, 2 * ENROLMENT_TOKEN_S):
        raise TokenInvalid
    audit.record(db, "signed_in", user.user_id, address=address, by=by)
    return sessions.open_session(db, user, device=device, address=address, now=now, with_factor=True)
