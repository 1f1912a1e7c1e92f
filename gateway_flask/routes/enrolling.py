"""A first factor where the installation demands one (SECOND_FACTOR); each of the two ways ends with a sign-in."""

# ruff: noqa: D103 - each summary stands in `@operation`
from __future__ import annotations

from typing import Annotated, Any

import flask
from msgspec import Meta

from contracts import auth as contract
from gateway_flask.fields import Id, Label, Request, Secret
from gateway_flask.operation import Call, operation
from gateway_flask.reply import Reply
from gateway_flask.routes.auth import SignedIn, device_label, signed_in

bp = flask.Blueprint("enrolling", __name__, url_prefix="/v1/auth/enrolment")

_BEGIN = "With the `enrolment_token` that a sign-in or registration answered with; it is good for 15 minutes."
_REFUSALS = (contract.TokenInvalid, contract.AccountDeactivated, contract.LoginThrottled)


class Enrolled(SignedIn):
    """What a sign-in hands out, and ten codes, each good for one sign-in; shown once."""

    recovery_codes: list[str]


class StartBody(Request):
    """Who begins, and what they call the factor."""

    enrolment_token: Secret
    label: Label = ""


class FirstCodeBody(Request):
    """A first code."""

    enrolment_token: Secret
    factor_id: Id
    code: Annotated[str, Meta(min_length=1, max_length=64)]
    device: Label = ""


class FirstPasskeyBody(Request):
    """A WebAuthn credential as the browser returns it (`PublicKeyCredential.toJSON()`)."""

    enrolment_token: Secret
    factor_id: Id
    credential: dict[str, Any]
    device: Label = ""


@bp.post("/totp")
@operation(
    summary="Begin to set up a demanded TOTP", body=StartBody, returns=contract.TotpSetupView, status=201, auth=False,
    limit="login", errors=_REFUSALS, description=_BEGIN,
)  # fmt: skip
def start_totp_enrolment(call: Call) -> Any:
    body: StartBody = call.body
    return call.ask("auth", "start_totp_enrolment", enrolment_token=body.enrolment_token, label=body.label)


@bp.post("/totp/finish")
@operation(
    summary="Confirm a demanded TOTP with a first code, and sign in", body=FirstCodeBody, returns=Enrolled, auth=False,
    limit="login", errors=(*_REFUSALS, contract.WrongCode, contract.UnknownFactor),
)  # fmt: skip
def finish_totp_enrolment(call: Call) -> Reply:
    body: FirstCodeBody = call.body
    pair = call.ask(
        "auth", "finish_totp_enrolment", enrolment_token=body.enrolment_token, factor_id=body.factor_id, code=body.code,
        device=device_label(call, body.device), address=call.address,
    )  # fmt: skip
    return signed_in(call, pair)


@bp.post("/passkey")
@operation(
    summary="Begin to add a demanded passkey", body=StartBody, returns=dict[str, Any], status=201, auth=False,
    limit="login", errors=_REFUSALS, description=f"Answers WebAuthn creation options. {_BEGIN}",
)  # fmt: skip
def start_passkey_enrolment(call: Call) -> Any:
    body: StartBody = call.body
    return call.ask("auth", "start_passkey_enrolment", enrolment_token=body.enrolment_token, label=body.label)


@bp.post("/passkey/finish")
@operation(
    summary="Finish adding a demanded passkey, and sign in", body=FirstPasskeyBody, returns=SignedIn, auth=False,
    limit="login", errors=(*_REFUSALS, contract.PasskeyRefused, contract.UnknownFactor),
)  # fmt: skip
def finish_passkey_enrolment(call: Call) -> Reply:
    body: FirstPasskeyBody = call.body
    pair = call.ask(
        "auth", "finish_passkey_enrolment", enrolment_token=body.enrolment_token, factor_id=body.factor_id,
        credential=body.credential, device=device_label(call, body.device), address=call.address,
    )  # fmt: skip
    return signed_in(call, pair)
