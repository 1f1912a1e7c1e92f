"""Accounts and sessions: register, sign in, refresh, sign out."""

# ruff: noqa: D103 - each summary stands in `@operation`
from __future__ import annotations

from typing import Annotated, Any, Literal, TypedDict

import flask
from msgspec import Meta

from contracts import auth as contract
from contracts.base import Page, ServiceError, Unauthenticated
from gateway_flask import cookies
from gateway_flask.fields import Label, Password, Request, Secret
from gateway_flask.operation import HASHING_PATIENCE_S, Call, operation
from gateway_flask.reply import Reply
from plumbing import codec
from plumbing.logs import get_logger

log = get_logger(__name__)

bp = flask.Blueprint("auth", __name__, url_prefix="/v1/auth")

Username = Annotated[str, Meta(min_length=1, max_length=64)]


class SignedIn(TypedDict):
    """What a sign-in hands out; `refresh_token` is null where it went into a cookie instead."""

    user: contract.OwnUserView
    access_token: str
    refresh_token: str | None
    token_type: Literal["Bearer"]
    expires_in: int


class RegisterBody(Request):
    """A new account."""

    username: Annotated[str, Meta(min_length=1, max_length=64, examples=["ana"])]
    password: Password
    display_name: Annotated[str, Meta(min_length=1, max_length=100)]
    device: Label = ""
    email: Annotated[str, Meta(max_length=254)] | None = None
    locale: Annotated[str, Meta(max_length=20)] = "en"
    time_zone: Annotated[str, Meta(max_length=64)] = "UTC"


class LoginBody(Request):
    """Name and password."""

    username: Username
    password: Password
    device: Label = ""


class CodeBody(Request):
    """The second factor that a sign-in still owes."""

    factor_token: Secret
    code: Annotated[str, Meta(min_length=1, max_length=64)]
    device: Label = ""


class RefreshBody(Request):
    """A refresh token; browsers send none and use their cookie."""

    refresh_token: Secret | None = None
    device: Label = ""


class LogoutBody(Request):
    """The refresh token of the session to end, where the access token has expired."""

    refresh_token: Secret | None = None


@bp.post("/register")
@operation(
    summary="Make an account and sign in", body=RegisterBody,
    patience_s=HASHING_PATIENCE_S, returns=(SignedIn, contract.EnrolmentView), status=201, auth=False,
    limit="register", errors=(contract.UsernameTaken, contract.WeakPassword, contract.InvalidUsername),
)  # fmt: skip
def register(call: Call) -> Reply:
    body: RegisterBody = call.body
    answer = call.ask(
        "auth", "register", username=body.username, password=body.password, display_name=body.display_name,
        device=device_label(call, body.device), address=call.address, email=body.email, locale=body.locale,
        time_zone=body.time_zone,
    )  # fmt: skip
    return signed_in_or_owing(call, answer, 201)


@bp.post("/login")
@operation(
    summary="Sign in with name and password", body=LoginBody,
    patience_s=HASHING_PATIENCE_S, auth=False, limit="login",
    returns=(SignedIn, contract.SecondFactorView, contract.EnrolmentView),
    errors=(contract.WrongCredentials, contract.LoginThrottled, contract.AccountDeactivated, contract.PasskeyRequired),
)  # fmt: skip
def login(call: Call) -> Reply:
    body: LoginBody = call.body
    answer = call.ask(
        "auth", "login", username=body.username, password=body.password, device=device_label(call, body.device),
        address=call.address,
    )  # fmt: skip
    return signed_in_or_owing(call, answer)


@bp.post("/login/code")
@operation(
    summary="Finish a sign-in with a second factor", body=CodeBody,
    patience_s=HASHING_PATIENCE_S, returns=SignedIn, auth=False, limit="login",
    errors=(contract.WrongCode, contract.TokenInvalid, contract.LoginThrottled),
)  # fmt: skip
def login_with_code(call: Call) -> Reply:
    body: CodeBody = call.body
    pair = call.ask(
        "auth", "login_with_code", factor_token=body.factor_token, code=body.code,
        device=device_label(call, body.device), address=call.address,
    )  # fmt: skip
    return signed_in(call, pair)


@bp.post("/refresh")
@operation(
    summary="Trade a refresh token for new tokens", body=RefreshBody, body_required=False, returns=SignedIn, auth=False,
    limit="refresh", errors=(contract.TokenReused, contract.TokenInvalid, contract.SessionEnded,
                             contract.SecondFactorRequired, cookies.CsrfHeaderMissing),
)  # fmt: skip
def refresh(call: Call) -> Reply:
    body: RefreshBody = call.body or RefreshBody()
    token = body.refresh_token or cookies.refresh_token_of(call.environ)
    if token is None:
        raise Unauthenticated
    pair = call.ask(
        "auth", "refresh", refresh_token=token, device=device_label(call, body.device), address=call.address
    )
    return handed_out(call, pair)


@bp.post("/logout")
@operation(
    summary="End this session", body=LogoutBody, body_required=False, auth=False, optional_auth=True,
    errors=(contract.TokenInvalid, cookies.CsrfHeaderMissing),
    description="By the access token, by a refresh token in the body, or by the browser's cookie.",
)  # fmt: skip
def logout(call: Call) -> Reply:
    body: LogoutBody = call.body or LogoutBody()
    token = body.refresh_token or cookies.refresh_token_of(call.environ)
    if token is None and call.token is None:
        raise Unauthenticated
    call.ask("auth", "logout", refresh_token=token)
    return Reply(204, headers=[cookies.drop()])


@bp.get("/sessions")
@operation(summary="List signed-in devices", returns=Page[contract.SessionView])
def list_sessions(call: Call) -> Any:
    return call.ask("auth", "list_sessions")


@bp.delete("/sessions")
@operation(summary="End all other sessions")
def delete_other_sessions(call: Call) -> None:
    call.ask("auth", "delete_other_sessions")


@bp.delete("/sessions/<id:session_id>")
@operation(summary="End one session", errors=(contract.UnknownSession,))
def delete_session(call: Call, session_id: str) -> None:
    call.ask("auth", "delete_session", session_id=session_id)


def signed_in_or_owing(call: Call, answer: Any, status: int = 200) -> Reply:
    """Return what a sign-in hands out, or what is still owed for it."""
    if "access_token" not in answer:
        return Reply(status, codec.encode(answer))
    return signed_in(call, answer, status)


def signed_in(call: Call, pair: contract.TokenPairView, status: int = 200) -> Reply:
    """Return what a sign-in hands out; the session that this browser had until now ends."""
    _end_former(call)
    return handed_out(call, pair, status)


def _end_former(call: Call) -> None:
    """End the session of the cookie that a browser sent along; whatever is wrong with that hinders nobody."""
    token = cookies.former_refresh_token(call.environ)
    if token is None:
        return
    try:
        call.ask("auth", "logout", refresh_token=token)
    except ServiceError as error:
        log.info("former_session_not_ended", why=error.code, request_id=call.request_id)


def handed_out(call: Call, pair: contract.TokenPairView, status: int = 200) -> Reply:
    """Return a token pair; a browser gets the refresh token as a cookie and not in the body."""
    if not cookies.wants_cookie(call.environ):
        return Reply(status, codec.encode(pair))
    body = {**pair, "refresh_token": None}
    return Reply(status, codec.encode(body), [cookies.keep(pair["refresh_token"])])


def device_label(call: Call, given: str) -> str:
    """Return the client's label for itself, or else what its User-Agent says."""
    agent = str(call.environ.get("HTTP_USER_AGENT", ""))
    return given or agent.encode("latin-1", "replace").decode("utf-8", "replace")[:100] or "unknown"
