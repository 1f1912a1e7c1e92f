"""Passwords, e-mail addresses, second factors and passkeys."""

# ruff: noqa: D103 - each summary stands in `@operation`
from __future__ import annotations

from typing import Annotated, Any, TypedDict

import flask
from msgspec import Meta

from contracts import auth as contract
from contracts.base import Page
from gateway_flask.fields import Id, Label, Password, Request, Secret
from gateway_flask.operation import HASHING_PATIENCE_S, Call, operation
from gateway_flask.reply import Reply
from gateway_flask.routes.auth import SignedIn, signed_in

bp = flask.Blueprint("factors", __name__, url_prefix="/v1/auth")

#: What can be wrong with a proof.
PROOF_ERRORS = (contract.WrongCredentials, contract.RecentSignInRequired)
PROVED = "Asks for the password again; an account without one leaves it out, and has signed in within ten minutes."


class PasswordBody(Request):
    """The next password and the present one; an account without one leaves that out."""

    new_password: Password
    old_password: Password | None = None


class ForgotBody(Request):
    """Where to send a link."""

    email: Annotated[str, Meta(min_length=3, max_length=254)]


class ResetBody(Request):
    """A link's token and the next password."""

    reset_token: Secret
    new_password: Password


class VerifyBody(Request):
    """A link's token."""

    verify_token: Secret


class ConfirmBody(Request):
    """A first code."""

    code: Annotated[str, Meta(min_length=1, max_length=64)]


class ProofBody(Request):
    """The password, asked for again; an account without one leaves it out."""

    password: Password | None = None


class NewFactorBody(ProofBody):
    """What its owner calls a factor."""

    label: Label = ""


class CredentialBody(Request):
    """A WebAuthn credential as the browser returns it (`PublicKeyCredential.toJSON()`)."""

    credential: dict[str, Any]


class PasskeyLoginBody(CredentialBody):
    """A WebAuthn assertion under the challenge that it answers."""

    challenge_id: Id
    device: Label = ""


class RecoveryCodes(TypedDict):
    """Ten codes, each good for one sign-in; shown once."""

    recovery_codes: list[str]


@bp.post("/password")
@operation(
    summary="Change the password and end other sessions", body=PasswordBody, patience_s=HASHING_PATIENCE_S,
    errors=(contract.WrongCredentials, contract.WeakPassword, contract.RecentSignInRequired),
)  # fmt: skip
def change_password(call: Call) -> None:
    body: PasswordBody = call.body
    call.ask("auth", "change_password", old_password=body.old_password, new_password=body.new_password)


@bp.post("/password/forgot")
@operation(
    summary="Ask for a reset link by e-mail", body=ForgotBody, auth=False, limit="recover",
    description="Answers the same whether the address is known or not.",
)  # fmt: skip
def request_password_reset(call: Call) -> None:
    call.ask("auth", "request_password_reset", email=call.body.email, address=call.address)


@bp.post("/password/reset")
@operation(
    summary="Set a password by a reset link", body=ResetBody,
    patience_s=HASHING_PATIENCE_S, auth=False, limit="recover",
    errors=(contract.LinkInvalid, contract.WeakPassword),
)  # fmt: skip
def reset_password(call: Call) -> None:
    body: ResetBody = call.body
    call.ask("auth", "reset_password", reset_token=body.reset_token, new_password=body.new_password)


@bp.post("/email/verification")
@operation(summary="Ask for a verification link by e-mail")
def request_email_verification(call: Call) -> None:
    call.ask("auth", "request_email_verification")


@bp.post("/email/verify")
@operation(summary="Verify an e-mail address", body=VerifyBody, auth=False, limit="recover",
           errors=(contract.LinkInvalid,))  # fmt: skip
def verify_email(call: Call) -> None:
    call.ask("auth", "verify_email", verify_token=call.body.verify_token)


@bp.get("/factors")
@operation(summary="List second factors and passkeys", returns=Page[contract.FactorView])
def list_factors(call: Call) -> Any:
    return call.ask("auth", "list_factors")


@bp.post("/factors/totp")
@operation(
    summary="Begin to set up TOTP", body=NewFactorBody, returns=contract.TotpSetupView, status=201,
    patience_s=HASHING_PATIENCE_S, errors=(*PROOF_ERRORS, contract.TooManyFactors), description=PROVED,
)  # fmt: skip
def start_totp(call: Call) -> Any:
    return call.ask("auth", "start_totp", label=call.body.label, password=call.body.password)


@bp.post("/factors/<id:factor_id>/confirm")
@operation(
    summary="Confirm TOTP with a first code", body=ConfirmBody, returns=RecoveryCodes,
    errors=(contract.WrongCode, contract.UnknownFactor, contract.FactorAlreadyConfirmed),
)  # fmt: skip
def confirm_totp(call: Call, factor_id: str) -> RecoveryCodes:
    return {"recovery_codes": call.ask("auth", "confirm_totp", factor_id=factor_id, code=call.body.code)}


@bp.post("/factors/<id:factor_id>/delete")
@operation(
    summary="Remove a factor", body=ProofBody, patience_s=HASHING_PATIENCE_S,
    errors=(*PROOF_ERRORS, contract.LastSignInWay, contract.LastFactor, contract.UnknownFactor),
    description="A POST, since it proves the password in a body.",
)  # fmt: skip
def delete_factor(call: Call, factor_id: str) -> None:
    call.ask("auth", "delete_factor", factor_id=factor_id, password=call.body.password)


@bp.post("/factors/passkeys")
@operation(
    summary="Begin to add a passkey", body=NewFactorBody, returns=dict[str, Any], status=201,
    patience_s=HASHING_PATIENCE_S, errors=(*PROOF_ERRORS, contract.TooManyFactors),
    description=f"Answers WebAuthn creation options. {PROVED}",
)  # fmt: skip
def start_passkey_registration(call: Call) -> Any:
    return call.ask("auth", "start_passkey_registration", label=call.body.label, password=call.body.password)


@bp.post("/factors/<id:factor_id>/passkey")
@operation(
    summary="Finish adding a passkey", body=CredentialBody, returns=contract.FactorView,
    errors=(contract.PasskeyRefused, contract.UnknownFactor, contract.FactorAlreadyConfirmed),
)  # fmt: skip
def finish_passkey_registration(call: Call, factor_id: str) -> Any:
    return call.ask("auth", "finish_passkey_registration", factor_id=factor_id, credential=call.body.credential)


@bp.post("/passkey-login")
@operation(summary="Begin a sign-in by passkey", returns=contract.PasskeyOptions, auth=False, limit="login")
def start_passkey_login(call: Call) -> Any:
    return call.ask("auth", "start_passkey_login")


@bp.post("/passkey-login/finish")
@operation(
    summary="Finish a sign-in by passkey", body=PasskeyLoginBody, returns=SignedIn, auth=False, limit="login",
    errors=(contract.PasskeyRefused, contract.AccountDeactivated),
)  # fmt: skip
def finish_passkey_login(call: Call) -> Reply:
    body: PasskeyLoginBody = call.body
    pair = call.ask(
        "auth", "finish_passkey_login", challenge_id=body.challenge_id, credential=body.credential,
        device=body.device or "passkey", address=call.address,
    )  # fmt: skip
    return signed_in(call, pair)
