"""The door for a first factor where the installation demands one; it ends with a sign-in."""

from __future__ import annotations

from typing import Any

from contracts.auth import EnrolledView, TokenPairView, TotpSetupView
from plumbing.rpc import rpc
from svc_auth import checks, policy
from svc_auth.actions import enrolling, passkeys, throttling, totp
from svc_auth.doors.base import Door, now_utc


class Enrolling(Door):
    """TOTP or a passkey of who proved who they are, and is not signed in yet."""

    @rpc
    def start_totp_enrolment(self, *, enrolment_token: str, label: str) -> TotpSetupView:
        """Return a TOTP secret, to be confirmed by a first code."""
        token, name = checks.opaque(enrolment_token, "enrolment_token"), checks.text(label, "label", 0, 80)
        with self.writing() as session:
            factor, secret, uri = totp.start(session, enrolling.invited(session, token), name, now_utc())
            return {"factor_id": factor.factor_id, "secret": secret, "otpauth_uri": uri}

    @rpc
    def finish_totp_enrolment(
        self, *, enrolment_token: str, factor_id: str, code: str, device: str, address: str
    ) -> EnrolledView:
        """Put a TOTP secret to use and sign in; the ten recovery codes are shown this once."""
        token, wanted = checks.opaque(enrolment_token, "enrolment_token"), checks.identifier(factor_id, "factor_id")
        first, label, source = checks.text(code, "code", 6, 6), checks.device(device), checks.address(address)
        throttling.demand_address(policy.LOGIN_PER_ADDRESS, source)
        with self.writing() as session:
            user = enrolling.invited(session, token)
            throttling.demand(policy.CODE_PER_ACCOUNT, user.user_id)
            codes = totp.confirm(session, user.user_id, wanted, first, now_utc())
            opened = enrolling.enter(
                session, token, user, by="code", device=label, address=source, now=now_utc()
            )  # fmt: skip
            return {**self.token_pair(session, opened), "recovery_codes": codes}

    @rpc
    def start_passkey_enrolment(self, *, enrolment_token: str, label: str) -> dict[str, Any]:
        """Return `{factor_id, options}`; the options are for `navigator.credentials.create`."""
        token, name = checks.opaque(enrolment_token, "enrolment_token"), checks.text(label, "label", 0, 80)
        with self.writing() as session:
            user = enrolling.invited(session, token)
            factor, options = passkeys.start_registration(session, user, name, now_utc())
            return {"factor_id": factor.factor_id, "options": options}

    @rpc
    def finish_passkey_enrolment(
        self, *, enrolment_token: str, factor_id: str, credential: dict[str, Any], device: str, address: str
    ) -> TokenPairView:
        """Believe in a passkey by its answer and sign in."""
        token, wanted = checks.opaque(enrolment_token, "enrolment_token"), checks.identifier(factor_id, "factor_id")
        answer, label, source = checks.credential(credential), checks.device(device), checks.address(address)
        throttling.demand_address(policy.LOGIN_PER_ADDRESS, source)
        with self.writing() as session:
            user = enrolling.invited(session, token)
            passkeys.finish_registration(session, user.user_id, wanted, answer, now_utc())
            opened = enrolling.enter(
                session, token, user, by="passkey", device=label, address=source, now=now_utc()
            )  # fmt: skip
            return self.token_pair(session, opened)
