"""The door for one's own account: sessions, profile, password, mailbox."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session as Db

from contracts.auth import OwnUserView, RecentSignInRequired, SessionView, WrongCredentials
from contracts.base import Invalid, Page
from plumbing.rpc import rpc
from svc_auth import checks, policy
from svc_auth.actions import accounts, audit, mails, passwords, profile, sessions, strength, throttling
from svc_auth.doors.base import Door, now_utc
from svc_auth.models import User
from svc_auth.views import session_view


class Profile(Door):
    """Sessions, profile, password and e-mail address of who calls."""

    @rpc
    def list_sessions(self) -> Page[SessionView]:
        """Return the caller's signed-in devices, the latest used first."""
        current_id = self.caller.user().session_id
        with self.db.reading() as session:
            rows = sessions.list_open(session, self.me(session).user_id, now_utc())
            return {"items": [session_view(row, current_id) for row in rows], "next": None}

    @rpc
    def delete_session(self, *, session_id: str) -> None:
        """Sign one of the caller's devices out."""
        wanted = checks.identifier(session_id, "session_id")
        with self.writing() as session:
            user = self.me(session)
            sessions.end_one(session, user.user_id, wanted, "ended", now_utc())
            audit.record(session, "session_ended", user.user_id, session_id=wanted)

    @rpc
    def delete_other_sessions(self) -> None:
        """Sign all of the caller's other devices out."""
        kept_id = self.caller.user().session_id
        with self.writing() as session:
            user = self.me(session)
            count = sessions.end_others(session, user.user_id, kept_id, "ended", now_utc())
            audit.record(session, "other_sessions_ended", user.user_id, count=count)

    @rpc
    def get_me(self) -> OwnUserView:
        """Return the caller as they see themselves."""
        with self.db.reading() as session:
            user = self.me(session)
            return self.own_view(session, user)

    @rpc
    def update_me(self, *, changes: dict[str, Any], password: str | None = None) -> OwnUserView:
        """Change username, display_name, email, locale or time_zone; another address needs a proof."""
        checked, tried = checks.changes(changes), checks.maybe_password(password)
        if "email" in checked and self._has_address(checked["email"]):
            del checked["email"]
        proved = self.proved(tried) if "email" in checked else None
        if checked.get("email"):
            throttling.demand(policy.MAIL_PER_MAILBOX, str(checked["email"]).lower())
        with self.writing() as session:
            user = self.unchanged(session, proved) if proved else self.me(session)
            if checked.get("username", user.username) != user.username:
                throttling.demand(policy.RENAME_PER_ACCOUNT, user.user_id)
            profile.update(session, user, checked, now_utc())
            return self.own_view(session, user)

    def _has_address(self, email: str | None) -> bool:
        with self.db.reading() as session:
            return self.me(session).email == email

    @rpc
    def change_password(self, *, old_password: str | None, new_password: str) -> None:
        """Set another password, or a first one, and sign the other devices out."""
        wanted = checks.new_password(new_password)
        user = self.proved(checks.maybe_password(old_password))
        strength.check_strength(wanted, accounts.facts_about(user))
        fresh, kept_id = passwords.hash_password(wanted), self.caller.user().session_id
        with self.writing() as session:
            mine = self.unchanged(session, user)
            accounts.set_password(
                session, mine, fresh, kept_session_id=kept_id, reason="password_changed", now=now_utc()
            )

    def proved(self, password: str | None) -> User:
        """Return the caller after they proved themselves again.

        By their password, or, where the account has none, by having signed in a moment ago.
        """
        with self.db.reading() as session:
            user = self.me(session)
            opened = sessions.current(session, user.user_id, self.caller.user().session_id)
        if user.password_hash is None:
            if now_utc() - opened.created_at > policy.RECENT_SIGN_IN:
                raise RecentSignInRequired
            return user
        throttling.demand(policy.PASSWORD_PER_ACCOUNT, user.user_id)
        if password is None or not passwords.password_matches(user.password_hash, password):
            raise WrongCredentials
        return user

    def unchanged(self, session: Db, proved: User) -> User:
        """Return the caller, locked, if what they proved still holds."""
        user = self.me(session)
        session.refresh(user, with_for_update=True)
        if user.password_hash != proved.password_hash:
            raise WrongCredentials
        return user

    @rpc
    def request_password_reset(self, *, email: str, address: str) -> None:
        """Mail a reset link to the owner of a confirmed address; the answer is always the same."""
        mailbox = checks.email(email)
        if mailbox is None:
            raise checks.refuse("email", "must be an e-mail address")
        throttling.demand_address(policy.MAIL_PER_ADDRESS, checks.address(address))
        throttling.demand(policy.MAIL_PER_MAILBOX, mailbox.lower())
        with self.writing() as session:
            mails.owe(session, "reset_password", mailbox, None, now_utc())

    @rpc
    def reset_password(self, *, reset_token: str, new_password: str) -> None:
        """Set a password by the token mailed; all devices are signed out."""
        token, wanted = checks.opaque(reset_token, "reset_token"), checks.new_password(new_password)
        with self.db.reading() as session:
            user = profile.find_for_reset(session, token)
        strength.check_strength(wanted, accounts.facts_about(user))
        fresh = passwords.hash_password(wanted)
        with self.writing() as session:
            owner = profile.find_for_reset(session, token)
            accounts.set_password(session, owner, fresh, kept_session_id=None, reason="password_reset", now=now_utc())

    @rpc
    def request_email_verification(self) -> None:
        """Mail the link that confirms the caller's address, once more."""
        with self.writing() as session:
            user = self.me(session)
            if not user.email:
                raise Invalid("You have given no e-mail address.", code="no_email")
            if user.email_verified_at is None:
                throttling.demand(policy.MAIL_PER_MAILBOX, user.email.lower())
                mails.owe(session, "verify_email", user.email, user.user_id, now_utc())

    @rpc
    def verify_email(self, *, verify_token: str) -> None:
        """Confirm an address by the token mailed to it."""
        token = checks.opaque(verify_token, "verify_token")
        with self.writing() as session:
            profile.verify_email(session, token, now_utc())
