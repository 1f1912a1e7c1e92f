"""Signing in with an OpenID Connect provider, and the identities that people linked.

A browser begins with the CSRF header, keeps the flow token in a cookie, and comes back to the GET
callback, which ends the sign-in and sends it on to one fixed page of ours. An app keeps the flow token
itself; the same callback only hands it the provider's answer, and the app ends the sign-in by the POST.
"""

# ruff: noqa: D103 - each summary stands in `@operation`
from __future__ import annotations

from typing import Annotated, Any, TypedDict
from urllib.parse import urlencode

import flask
from msgspec import Meta

from contracts import auth as contract
from contracts.base import Invalid, Page, ServiceError
from gateway_flask import cookies
from gateway_flask.fields import Label, Request, Secret
from gateway_flask.operation import HASHING_PATIENCE_S, Call, operation
from gateway_flask.reply import Header, Reply
from gateway_flask.routes.auth import SignedIn, device_label, signed_in_or_owing
from gateway_flask.routes.factors import PROOF_ERRORS, PROVED, ProofBody
from plumbing import codec
from plumbing.settings import settings

bp = flask.Blueprint("oidc", __name__, url_prefix="/v1/auth")

#: The page of the web client that goes on after a provider; what happened stands behind `#`, which no
#: server sees and no log keeps.
LANDING = "/signed-in"
#: Discovery, keys and code are three requests to somebody else.
PROVIDER_PATIENCE_S = 14.0
_ANSWERS = (contract.OidcStateInvalid, contract.OidcDenied, contract.OidcRefused, contract.OidcProviderAway)
_OUTCOMES = (contract.AccountDeactivated, contract.PasskeyRequired, contract.SignUpClosed, contract.IdentityTaken,
             contract.TooManyIdentities)  # fmt: skip

AppRedirect = Annotated[
    str, Meta(min_length=1, max_length=200, description="Where an app takes the answer; a browser gives none.")
]
Code = Annotated[str, Meta(min_length=1, max_length=4_096)]
ErrorCode = Annotated[str, Meta(min_length=1, max_length=200)]
Issuer = Annotated[str, Meta(min_length=1, max_length=1_000)]


class StartBody(Request):
    """How to begin."""

    app_redirect: AppRedirect | None = None


class IdentityBody(ProofBody, kw_only=True):
    """What to link."""

    provider: Annotated[str, Meta(min_length=1, max_length=32)]
    app_redirect: AppRedirect | None = None


class CallbackQuery(Request, forbid_unknown_fields=False):
    """A provider's answer; it may say more, which is left aside (RFC 6749, 4.1.2)."""

    state: Secret | None = None
    code: Code | None = None
    error: ErrorCode | None = None
    iss: Issuer | None = None


class FinishBody(Request):
    """A provider's answer as an app got it, and what proves that the app began it."""

    flow_token: Secret
    state: Secret
    code: Code | None = None
    error: ErrorCode | None = None
    iss: Issuer | None = None
    device: Label = ""


class Started(TypedDict):
    """Where to go now; `flow_token` is null where it went into a cookie instead."""

    authorize_url: str
    flow_token: str | None
    expires_in: int


@bp.get("/oidc")
@operation(summary="List the providers to sign in with", returns=Page[contract.OidcProviderView], auth=False)
def list_oidc_providers(call: Call) -> Any:
    return call.ask("auth", "list_oidc_providers")


@bp.post("/oidc/<provider>/start")
@operation(
    summary="Begin a sign-in at a provider", body=StartBody, body_required=False, returns=Started, auth=False,
    limit="login", patience_s=HASHING_PATIENCE_S,
    errors=(contract.UnknownProvider, contract.OidcProviderAway, contract.LoginThrottled),
    description="A browser sends X-Charla-CSRF and gets a cookie; an app sends `app_redirect` and keeps `flow_token`.",
)  # fmt: skip
def start_oidc(call: Call, provider: str) -> Reply:
    body: StartBody = call.body or StartBody()
    _demand_one_way_back(call, body.app_redirect)
    begun = call.ask(
        "auth", "start_oidc", provider_id=provider, app_redirect=body.app_redirect, address=call.address,
        refresh_token=cookies.former_refresh_token(call.environ),
    )  # fmt: skip
    return _started(call, begun, 200)


@bp.get("/oidc/<provider>/callback")
@operation(
    summary="Come back from a provider", query=CallbackQuery, status=303, auth=False, limit="login",
    patience_s=PROVIDER_PATIENCE_S,
    description="For browsers, which the provider sends here. Answers with a redirect: for a browser that began "
    f"here to `{LANDING}#result=signed_in`, `#result=linked`, `#result=factor&factor_token=…`, "
    "`#result=enrolment&enrolment_token=…` or `#error=<code>`; "
    "for an app to its `app_redirect` with the provider's answer. See docs/wire-api.md.",
)  # fmt: skip
def come_back(call: Call, provider: str) -> Reply:
    query: CallbackQuery = call.query
    try:
        app = _app_redirect(call, provider, query)
        if app is not None:
            return _redirect(f"{app}?{_parameters(query)}", [])
        return _land(call, _finish(call, provider, query, cookies.flow_token_of(call.environ), ""))
    except ServiceError as error:
        return _redirect(_landing(error=error.code), [cookies.drop_flow()])


@bp.post("/oidc/<provider>/callback")
@operation(
    summary="Finish a sign-in at a provider", body=FinishBody, auth=False, limit="login",
    returns=(SignedIn, contract.SecondFactorView, contract.EnrolmentView, contract.LinkedView),
    patience_s=PROVIDER_PATIENCE_S,
    errors=(contract.UnknownProvider, contract.SessionEnded, contract.LoginThrottled, *_ANSWERS, *_OUTCOMES),
    description="For apps, with what came to their `app_redirect`.",
)  # fmt: skip
def finish_oidc(call: Call, provider: str) -> Reply:
    body: FinishBody = call.body
    outcome = _finish(call, provider, body, body.flow_token, body.device)
    return signed_in_or_owing(call, outcome)


@bp.get("/identities")
@operation(summary="List linked identities", returns=Page[contract.IdentityView])
def list_identities(call: Call) -> Any:
    return call.ask("auth", "list_identities")


@bp.post("/identities")
@operation(
    summary="Begin to link an identity at a provider", body=IdentityBody, returns=Started, status=201, limit="write",
    patience_s=HASHING_PATIENCE_S, errors=(contract.UnknownProvider, contract.OidcProviderAway, *PROOF_ERRORS),
    description=f"It goes on like a sign-in, and ends with `linked` instead of tokens. {PROVED}",
)  # fmt: skip
def start_identity(call: Call) -> Reply:
    body: IdentityBody = call.body
    _demand_one_way_back(call, body.app_redirect)
    begun = call.ask(
        "auth", "start_identity", provider_id=body.provider, app_redirect=body.app_redirect, password=body.password
    )
    return _started(call, begun, 201)


@bp.post("/identities/<id:identity_id>/delete")
@operation(
    summary="Remove a linked identity", body=ProofBody, patience_s=HASHING_PATIENCE_S,
    errors=(*PROOF_ERRORS, contract.LastSignInWay, contract.UnknownIdentity),
    description="A POST, since it proves the password in a body. The last way to sign in cannot be removed.",
)  # fmt: skip
def delete_identity(call: Call, identity_id: str) -> None:
    call.ask("auth", "delete_identity", identity_id=identity_id, password=call.body.password)


def _demand_one_way_back(call: Call, app_redirect: str | None) -> None:
    """Refuse who is neither a browser with a cookie nor an app with an address, or both."""
    if cookies.wants_cookie(call.environ) == (app_redirect is not None):
        detail = f"Give app_redirect, or in a browser the header {cookies.CSRF_HEADER}."
        raise Invalid(detail, code="invalid_app_redirect", field="app_redirect")


def _started(call: Call, begun: contract.OidcStartView, status: int) -> Reply:
    """Return where to go; a browser gets the flow token as a cookie and not in the body."""
    if not cookies.wants_cookie(call.environ):
        return Reply(status, codec.encode(begun))
    kept = cookies.keep_flow(begun["flow_token"], begun["expires_in"])
    return Reply(status, codec.encode({**begun, "flow_token": None}), [kept])


def _app_redirect(call: Call, provider: str, query: CallbackQuery) -> str | None:
    """Return where an app waits for this answer. auth made the state, and looks it up among those allowed."""
    if query.state is None:
        raise contract.OidcStateInvalid
    found: str | None = call.ask("auth", "find_app_redirect", provider_id=provider, state=query.state)
    return found


def _finish(call: Call, provider: str, answer: CallbackQuery | FinishBody, flow_token: str | None, device: str) -> Any:
    if flow_token is None:
        raise contract.OidcStateInvalid
    return call.ask(
        "auth", "finish_oidc", provider_id=provider, flow_token=flow_token, state=answer.state, code=answer.code,
        error=answer.error, iss=answer.iss, device=device_label(call, device), address=call.address,
    )  # fmt: skip


def _land(call: Call, outcome: dict[str, Any]) -> Reply:
    """Send a browser on to our own page; its refresh token goes into the cookie and nowhere else."""
    if "linked" in outcome:
        return _redirect(_landing(result="linked"), [cookies.drop_flow()])
    if "factor_token" in outcome:
        return _redirect(_landing(result="factor", factor_token=outcome["factor_token"]), [cookies.drop_flow()])
    if "enrolment_token" in outcome:
        owed = _landing(result="enrolment", enrolment_token=outcome["enrolment_token"])
        return _redirect(owed, [cookies.drop_flow()])
    return _redirect(_landing(result="signed_in"), [cookies.drop_flow(), cookies.keep(outcome["refresh_token"])])


def _landing(**facts: str) -> str:
    return f"{settings().public_url.rstrip('/')}{LANDING}#{urlencode(facts)}"


def _parameters(query: CallbackQuery) -> str:
    facts = {"state": query.state, "code": query.code, "error": query.error, "iss": query.iss}
    return urlencode({name: value for name, value in facts.items() if value is not None})


def _redirect(url: str, headers: list[Header]) -> Reply:
    return Reply(303, headers=[("Location", url), *headers])
