"""The door for who comes, stays and goes: register, login, refresh, logout."""

from __future__ import annotations

from contracts.auth import (
    EnrolmentView,
    SecondFactorRequired,
    SecondFactorView,
    TokenPairView,
    TokenReused,
    UsernameTaken,
    WrongCode,
    WrongCredentials,
)
from plumbing.rpc import rpc
from svc_auth import checks, policy
from svc_auth.actions import accounts, audit, passkeys, passwords, sessions, signing_in, strength, throttling
from svc_auth.actions.sessions import Opened, Reused
from svc_auth.doors.base import Door, now_utc
from svc_auth.models import User


class SigningIn(Door):
    """Register, login, refresh, logout, and the passkey's way in."""

    @rpc
    def register(
        self,
        *,
        username: str,
        password: str,
        display_name: str,
        device: str,
        address: str,
        email: str | None = None,
        locale: str = "en",
        time_zone: str = "UTC",
    ) -> TokenPairView | SecondFactorView | EnrolmentView:
        """Make an account and sign its first device in; where a second factor is demanded, ask for one."""
        profile = {
            "username": checks.username(username),
            "display_name": checks.display_name(display_name),
            "email": checks.email(email),
            "locale": checks.locale(locale),
            "time_zone": checks.time_zone(time_zone),
            "address": checks.address(address),
        }
        label, wanted = checks.device(device), checks.new_password(password)
        strength.check_strength(wanted, [username, display_name, email or "", "charla"])
        throttling.demand_address(policy.REGISTER_PER_ADDRESS, str(profile["address"]))
        with self.db.reading() as session:
            if accounts.is_taken(session, username):
                raise UsernameTaken
        password_hash = passwords.hash_password(wanted)
        with self.writing() as session:
            user = accounts.register(session, password_hash=password_hash, now=now_utc(), **profile)  # type: ignore[arg-type]
            session.flush()
            outcome = signing_in.by_registering(
                session, user, device=label, address=str(profile["address"]), now=now_utc()
            )
            return self.pair_or_factor(session, outcome)

    @rpc
    def login(
        self, *, username: str, password: str, device: str, address: str
    ) -> TokenPairView | SecondFactorView | EnrolmentView:
        """Sign in by password; where TOTP is on, ask for a code, and where a factor is demanded, for a first one."""
        name, tried = checks.login_name(username), checks.tried_password(password)
        label, source = checks.device(device), checks.address(address)
        with self.db.reading() as session:
            user = accounts.find_by_username(session, name)
            throttling.demand_login(session, name, user.user_id if user else None, source)
        known_hash = user.password_hash if user else None
        if not passwords.password_matches(known_hash, tried) or user is None or known_hash is None:
            self._remember_failure(user, source)
            raise WrongCredentials
        fresh = passwords.rehashed(known_hash, tried)
        with self.writing() as session:
            outcome = signing_in.by_password(
                session, user.user_id, known_hash, fresh, device=label, address=source, now=now_utc()
            )
            return self.pair_or_factor(session, outcome)

    def _remember_failure(self, user: User | None, address: str) -> None:
        with self.writing() as session:
            audit.record(session, "login_failed", user.user_id if user else None, address=address)

    @rpc
    def login_with_code(self, *, factor_token: str, code: str, device: str, address: str) -> TokenPairView:
        """Finish a sign-in by a TOTP or recovery code."""
        token, tried = checks.opaque(factor_token, "factor_token"), checks.text(code, "code", 6, 32)
        label, source = checks.device(device), checks.address(address)
        throttling.demand(policy.CODE_PER_ACCOUNT, signing_in.owner_of(token))
        with self.writing() as session:
            opened = signing_in.by_code(session, token, tried, device=label, address=source, now=now_utc())
            pair = self.token_pair(session, opened) if opened else None
        if pair is None:
            raise WrongCode
        return pair

    @rpc
    def refresh(self, *, refresh_token: str, device: str, address: str) -> TokenPairView:
        """Trade a refresh token for the next pair; a used one ends its session."""
        token, label = checks.opaque(refresh_token, "refresh_token"), checks.device(device)
        source = checks.address(address)
        throttling.demand_address(policy.REFRESH_PER_ADDRESS, source)
        with self.writing() as session:
            outcome = sessions.rotate(session, token, device=label, address=source, now=now_utc())
            pair = self.token_pair(session, outcome) if isinstance(outcome, Opened) else None
        if pair is None:
            raise TokenReused if isinstance(outcome, Reused) else SecondFactorRequired
        return pair

    @rpc
    def logout(self, *, refresh_token: str | None = None) -> None:
        """End the session of the refresh token, or else of the access token."""
        with self.writing() as session:
            if refresh_token is not None:
                found = sessions.find_by_token(session, checks.opaque(refresh_token, "refresh_token"))
                user_id, session_id = found.user_id, found.session_id
            else:
                who = self.caller.user()
                user_id, session_id = who.user_id, who.session_id
            signing_in.out(session, user_id, session_id, now_utc())

    @rpc
    def start_passkey_login(self) -> dict[str, object]:
        """Return a challenge for a passkey: `{challenge_id, options}`."""
        challenge_id, options = passkeys.start_login()
        return {"challenge_id": challenge_id, "options": options}

    @rpc
    def finish_passkey_login(
        self, *, challenge_id: str, credential: dict[str, object], device: str, address: str
    ) -> TokenPairView:
        """Sign in by a passkey's answer."""
        challenge, answer = checks.identifier(challenge_id, "challenge_id"), checks.credential(credential)
        label, source = checks.device(device), checks.address(address)
        throttling.demand_address(policy.LOGIN_PER_ADDRESS, source)
        with self.writing() as session:
            user = passkeys.finish_login(session, challenge, answer, now_utc())
            audit.record(session, "signed_in", user.user_id, address=source, by="passkey")
            opened = sessions.open_session(
                session, user, device=label, address=source, now=now_utc(), with_factor=True
            )  # fmt: skip
            return self.token_pair(session, opened)
