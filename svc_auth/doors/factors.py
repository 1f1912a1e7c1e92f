"""The door for second factors and passkeys."""

from __future__ import annotations

from typing import Any

from contracts.auth import FactorView, TotpSetupView
from contracts.base import Page
from plumbing.rpc import rpc
from svc_auth import checks, policy
from svc_auth.actions import demands, factors, identities, passkeys, throttling, totp
from svc_auth.doors.base import now_utc
from svc_auth.doors.profile import Profile
from svc_auth.oidc.config import issuers
from svc_auth.views import factor_view


class Factors(Profile):
    """TOTP and passkeys of who calls."""

    @rpc
    def list_factors(self) -> Page[FactorView]:
        """Return the caller's factors in use."""
        with self.db.reading() as session:
            rows = factors.list_confirmed(session, self.me(session).user_id)
            return {"items": [factor_view(row) for row in rows], "next": None}

    @rpc
    def start_totp(self, *, label: str, password: str | None = None) -> TotpSetupView:
        """Return a TOTP secret, to be confirmed by a first code, after the caller proved themselves again."""
        name = checks.text(label, "label", 0, 80)
        proved = self.proved(checks.maybe_password(password))
        with self.writing() as session:
            factor, secret, uri = totp.start(session, self.unchanged(session, proved), name, now_utc())
            return {"factor_id": factor.factor_id, "secret": secret, "otpauth_uri": uri}

    @rpc
    def confirm_totp(self, *, factor_id: str, code: str) -> list[str]:
        """Put a TOTP secret to use; return ten recovery codes, shown this once."""
        wanted, first = checks.identifier(factor_id, "factor_id"), checks.text(code, "code", 6, 6)
        with self.writing() as session:
            user = self.me(session)
            throttling.demand(policy.CODE_PER_ACCOUNT, user.user_id)
            codes = totp.confirm(session, user.user_id, wanted, first, now_utc())
            self.my_session(session).with_factor = True
            return codes

    @rpc
    def start_passkey_registration(self, *, label: str, password: str | None = None) -> dict[str, Any]:
        """Return `{factor_id, options}` after the caller proved themselves again.

        The options are for `navigator.credentials.create`.
        """
        name = checks.text(label, "label", 0, 80)
        proved = self.proved(checks.maybe_password(password))
        with self.writing() as session:
            factor, options = passkeys.start_registration(session, self.unchanged(session, proved), name, now_utc())
            return {"factor_id": factor.factor_id, "options": options}

    @rpc
    def finish_passkey_registration(self, *, factor_id: str, credential: dict[str, Any]) -> FactorView:
        """Believe in a new passkey by its answer."""
        wanted, answer = checks.identifier(factor_id, "factor_id"), checks.credential(credential)
        with self.writing() as session:
            user = self.me(session)
            factor = passkeys.finish_registration(session, user.user_id, wanted, answer, now_utc())
            self.my_session(session).with_factor = True
            return factor_view(factor)

    @rpc
    def delete_factor(self, *, factor_id: str, password: str | None) -> None:
        """Delete a factor after the caller proved themselves again; the last way in, or demanded one, stays."""
        wanted = checks.identifier(factor_id, "factor_id")
        proved = self.proved(checks.maybe_password(password))
        with self.writing() as session:
            user = self.unchanged(session, proved)
            factors.remove(session, user.user_id, wanted)
            identities.demand_a_way_in(session, user, issuers())
            demands.demand_a_factor(session, user)
