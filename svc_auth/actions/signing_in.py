"""What follows a right password or a provider's word: a session, or the question for a second factor."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session as Db

from contracts.auth import (
    AccountDeactivated,
    PasskeyRequired,
    SessionEnded,
    TokenInvalid,
    UsernameTaken,
    WrongCredentials,
)
from contracts.base import new_id
from svc_auth.actions import accounts, audit, demands, enrolling, identities, links, mails, newcomers, sessions, totp
from svc_auth.actions.sessions import Opened
from svc_auth.models import User
from svc_auth.oidc.id_token import Claims
from svc_auth.policy import FACTOR_TOKEN_S


@dataclass(frozen=True)
class FactorOwed:
    """The password, or the provider, was right; a code has to follow with this token."""

    token: str


@dataclass(frozen=True)
class EnrolmentOwed:
    """It was right as well; a first factor is demanded, and has to be set up with this token."""

    token: str


Outcome = Opened | FactorOwed | EnrolmentOwed


def by_password(
    db: Db, user_id: str, proved_hash: str, fresh_hash: str, *, device: str, address: str, now: datetime
) -> Outcome:
    """Go on after the password of `proved_hash` was right; keep it as `fresh_hash`.

    Raises:
        WrongCredentials: The password was changed meanwhile.
        AccountDeactivated: Nobody signs in there.
        PasskeyRequired: A second factor is demanded, and theirs is a passkey.
    """
    user = db.get(User, user_id, with_for_update=True)
    if user is None or user.password_hash != proved_hash:
        raise WrongCredentials
    if user.deactivated_at is not None:
        raise AccountDeactivated
    user.password_hash = fresh_hash
    return _go_on(db, user, "password", device=device, address=address, now=now)


def by_identity(db: Db, claims: Claims, *, device: str, address: str, now: datetime) -> Outcome:
    """Go on after a provider said who somebody is; who is not known yet gets an account.

    Raises:
        AccountDeactivated: Nobody signs in there.
        PasskeyRequired: A second factor is demanded, and theirs is a passkey.
    """
    user = identities.find_owner(db, claims) or _new_account(db, claims, address, now)
    if user.deactivated_at is not None:
        raise AccountDeactivated
    identities.used(db, claims, now)
    return _go_on(db, user, "oidc", device=device, address=address, now=now)


def _new_account(db: Db, claims: Claims, address: str, now: datetime) -> User:
    user_id = new_id()
    if identities.claim(db, user_id, claims, newcomers.label(claims.facts), now) is None:
        faster = identities.find_owner(db, claims)  # another tab of theirs, whose transaction is over now
        if faster is None:
            raise AccountDeactivated  # the account is gone, and its identity not yet
        return faster
    for username in newcomers.usernames(claims.facts):
        profile = newcomers.profile(claims.facts, username)
        try:
            user = accounts.register(
                db, user_id=user_id, username=username, password_hash=None, address=address, now=now, **profile
            )
        except UsernameTaken:
            continue
        db.flush()
        return user
    raise UsernameTaken


def by_registering(db: Db, user: User, *, device: str, address: str, now: datetime) -> Outcome:
    """Go on after somebody made an account."""
    return _owed(db, user) or sessions.open_session(db, user, device=device, address=address, now=now)


def _go_on(db: Db, user: User, by: str, *, device: str, address: str, now: datetime) -> Outcome:
    """Ask for a factor that is owed, whichever way somebody came, or else sign the device in."""
    owed = _owed(db, user)
    if owed is not None:
        return owed
    audit.record(db, "signed_in", user.user_id, address=address, by=by)
    return sessions.open_session(db, user, device=device, address=address, now=now)


def _owed(db: Db, user: User) -> FactorOwed | EnrolmentOwed | None:
    """Return what is owed: a code where TOTP is on, a first factor where one is demanded and there is none."""
    kinds = accounts.factor_kinds(db, user.user_id)
    if "totp" in kinds:
        state = mails.password_state(user)
        return FactorOwed(links.sign("second factor", {"u": user.user_id, "s": state, "i": new_id()}))
    if not demands.is_demanded(user):
        return None
    if kinds:
        raise PasskeyRequired
    return EnrolmentOwed(enrolling.invite(user))


def owner_of(factor_token: str) -> str:
    """Return the id of the person who owes a code.

    Raises:
        TokenInvalid: Forged, or older than five minutes.
    """
    payload = links.read("second factor", factor_token, FACTOR_TOKEN_S)
    if payload is None:
        raise TokenInvalid
    return str(payload["u"])


def by_code(db: Db, factor_token: str, code: str, *, device: str, address: str, now: datetime) -> Opened | None:
    """Finish a sign-in by a TOTP or recovery code; None (and an audit entry) for a wrong one.

    Raises:
        TokenInvalid: The token is used, forged, too old, or from before a password change.
        AccountDeactivated: Nobody signs in there.
    """
    payload = links.read("second factor", factor_token, FACTOR_TOKEN_S)
    user = db.get(User, payload["u"], with_for_update=True) if payload else None
    if payload is None or user is None or payload["s"] != mails.password_state(user):
        raise TokenInvalid
    if not totp.accepts(db, user.user_id, code, now):
        audit.record(db, "code_failed", user.user_id, address=address)
        return None
    if not links.spend(db, payload["i"], now, 2 * FACTOR_TOKEN_S):
        raise TokenInvalid
    audit.record(db, "signed_in", user.user_id, address=address, by="code")
    return sessions.open_session(db, user, device=device, address=address, now=now, with_factor=True)


def out(db: Db, user_id: str, session_id: str, now: datetime) -> None:
    """End a session that may be over already."""
    try:
        session = sessions.current(db, user_id, session_id)
    except SessionEnded:
        return
    sessions.end(db, session, "logout", now)
    audit.record(db, "signed_out", user_id, session_id=session_id)
