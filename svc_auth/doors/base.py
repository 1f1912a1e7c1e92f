"""What every door of svc_auth has: the database, the caller and the live push."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial

from nameko.extensions import DependencyProvider
from sqlalchemy.orm import Session as Db

from contracts.auth import EnrolmentView, OwnUserView, SecondFactorRequired, SecondFactorView, TokenPairView
from contracts.base import Unauthenticated
from plumbing.after_commit import after_commit
from plumbing.context import current_call
from plumbing.database import Database, Transactions
from plumbing.identity import CallerIdentity, verify_token
from plumbing.live_channels import REVOCATIONS, user_channel
from plumbing.push import Push, Pusher
from plumbing.rpc import Caller
from svc_auth.actions import accounts, demands, erasing, passwords, people, revocations, sessions, strength, tokens
from svc_auth.actions.sessions import Opened
from svc_auth.actions.signing_in import EnrolmentOwed, FactorOwed, Outcome
from svc_auth.models import Base, Revocation, Session, User
from svc_auth.oidc.relying_party import relying_parties
from svc_auth.policy import ACCESS_TTL_S, second_factor
from svc_auth.providers import Mail, Mailer
from svc_auth.views import own_user_view, revocation_view


class Preparation(DependencyProvider):
    """Loads at the start what the first caller would have to wait for, and refuses what nobody could use."""

    def start(self) -> None:
        """Do so."""
        passwords.prepare()
        strength.common_passwords()
        relying_parties()
        second_factor()


class Door:
    """The common part of the doors."""

    db: Transactions = Database(Base)
    caller: CallerIdentity = Caller()
    push: Pusher = Push()
    mailer: Mailer = Mail()
    preparation = Preparation()

    @contextmanager
    def writing(self) -> Iterator[Db]:
        """Yield a transaction, unless nobody waits for it any more.

        The revocations made in it are pushed live after its commit.
        """
        current_call().check_deadline()
        with self.db.transaction() as session:
            yield session
            made = revocations.take_made(session)
            if made:
                after_commit(session, partial(self._push_revocations, made))

    def _push_revocations(self, made: Sequence[Revocation]) -> None:
        for row in made:
            frame = {"t": "user_event", "type": "session.revoked", "data": {"session_id": row.session_id}}
            everywhere = {"t": "user_event", "type": "session.revoked", "data": revocation_view(row)}
            self.push.many([(user_channel(row.user_id), frame), (REVOCATIONS, everywhere)])

    def me(self, session: Db) -> User:
        """Return the person who calls, by a session that is still on."""
        who = self.caller.user()
        return accounts.get_own(session, who.user_id, who.session_id)

    def admin(self, session: Db) -> User:
        """Return the admin who calls, with the factor that is demanded of them."""
        user = self.me(session)
        people.demand_admin(user)
        if demands.is_owed(user, self.my_session(session)):
            raise SecondFactorRequired
        return user

    def my_session(self, session: Db) -> Session:
        """Return the session of who calls, which is still on."""
        who = self.caller.user()
        return sessions.current(session, who.user_id, who.session_id)

    def anybody_known(self) -> None:
        """Let a person or a service of ours pass."""
        token = current_call().token
        if token is None:
            raise Unauthenticated
        verify_token(token)

    def pair_or_factor(self, session: Db, outcome: Outcome) -> TokenPairView | SecondFactorView | EnrolmentView:
        """Return what follows a first proof: tokens, or the question for a code, or for a first factor."""
        if isinstance(outcome, EnrolmentOwed):
            return {"enrolment_required": True, "enrolment_token": outcome.token, "factors": ["totp", "passkey"]}
        if isinstance(outcome, FactorOwed):
            return {"factor_required": True, "factor_token": outcome.token, "factors": ["totp", "recovery_code"]}
        return self.token_pair(session, outcome)

    def own_view(self, session: Db, user: User) -> OwnUserView:
        """Return a person as they see themselves."""
        return erasing.announced(session, own_user_view(user, accounts.factor_kinds(session, user.user_id)))

    def token_pair(self, session: Db, opened: Opened) -> TokenPairView:
        """Return what a sign-in hands out."""
        return {
            "user": self.own_view(session, opened.user),
            "access_token": tokens.access_token(opened.user, opened.session),
            "refresh_token": opened.token,
            "token_type": "Bearer",
            "expires_in": ACCESS_TTL_S,
        }


def now_utc() -> datetime:
    """Return the present time."""
    return datetime.now(UTC)
