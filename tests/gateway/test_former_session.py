"""Who signs in with a browser that has a session: that one ends, and nothing else does."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from typing import Any

import pyotp
import pytest
from client import PASSWORD, Person, Reply, WebSocket, ask

from tests.svc_auth.authenticator import Authenticator

_CSRF = {"X-Charla-CSRF": "1"}
_NAME = "__Host-charla_refresh"
_OVER = {"session_ended", "token_invalid"}


def _name() -> str:
    return f"b{secrets.token_hex(5)}"


def _new_account(username: str, headers: dict[str, str]) -> Reply:
    body = {"username": username, "password": PASSWORD, "display_name": "B"}
    return ask("POST", "/v1/auth/register", body, headers=headers)


def _log_in(username: str, headers: dict[str, str], password: str = PASSWORD) -> Reply:
    return ask("POST", "/v1/auth/login", {"username": username, "password": password}, headers=headers)


def _cookie(reply: Reply) -> str:
    assert reply.status in (200, 201), reply.raw
    return reply.headers["Set-Cookie"].partition(";")[0]


def _with(cookie: str) -> dict[str, str]:
    return {**_CSRF, "Cookie": cookie}


def _goes_on(cookie: str) -> bool:
    """Use a session once more; a refresh token is good once, so nobody else may have used it."""
    reply = ask("POST", "/v1/auth/refresh", headers=_with(cookie))
    assert reply.status == 200 or reply.code in _OVER, reply.raw
    return reply.status == 200


@pytest.fixture
def browser(stack: str) -> tuple[str, str]:
    """A username, and the cookie of the browser in which it has signed in."""
    username = _name()
    return username, _cookie(_new_account(username, _CSRF))


def test_signing_in_ends_the_session_that_the_browser_had(browser: tuple[str, str]) -> None:
    username, before = browser
    after = _cookie(_log_in(username, _with(before)))
    assert not _goes_on(before)
    assert _goes_on(after)


def test_so_does_signing_in_as_somebody_else(browser: tuple[str, str]) -> None:
    other = _name()
    _new_account(other, {})
    after = _cookie(_log_in(other, _with(browser[1])))
    assert not _goes_on(browser[1])
    assert _goes_on(after)


def test_so_does_signing_up(browser: tuple[str, str]) -> None:
    after = _cookie(_new_account(_name(), _with(browser[1])))
    assert not _goes_on(browser[1])
    assert _goes_on(after)


def test_so_does_a_code(browser: tuple[str, str]) -> None:
    username, before = browser
    person = Person.login(username)
    setup = person.ask("POST", "/v1/auth/factors/totp", {"label": "app", "password": PASSWORD}).json
    app = pyotp.TOTP(setup["secret"])
    confirm = f"/v1/auth/factors/{setup['factor_id']}/confirm"
    assert person.ask("POST", confirm, {"code": app.at(time.time() - 30)}).status == 200
    owed = _log_in(username, _with(before)).json
    body = {"factor_token": owed["factor_token"], "code": app.now()}
    assert _goes_on(_cookie(ask("POST", "/v1/auth/login/code", body, headers=_with(before))))
    assert not _goes_on(before)


def test_so_does_a_passkey(browser: tuple[str, str], environment_of: Callable[[str], dict[str, str]]) -> None:
    username, before = browser
    person, origin = Person.login(username), environment_of("auth")["PUBLIC_URL"]
    begun = person.ask("POST", "/v1/auth/factors/passkeys", {"label": "key", "password": PASSWORD}).json
    device = Authenticator(origin, begun["options"]["rp"]["id"])
    made: dict[str, Any] = {"credential": device.create(begun["options"])}
    assert person.ask("POST", f"/v1/auth/factors/{begun['factor_id']}/passkey", made).status == 200
    asked = ask("POST", "/v1/auth/passkey-login").json
    body = {"challenge_id": asked["challenge_id"], "credential": device.get(asked["options"])}
    assert _goes_on(_cookie(ask("POST", "/v1/auth/passkey-login/finish", body, headers=_with(before))))
    assert not _goes_on(before)


def test_its_socket_closes(browser: tuple[str, str]) -> None:
    username, before = browser
    pair = ask("POST", "/v1/auth/refresh", headers=_with(before))
    person = Person(pair.json["user"]["id"], username, pair.json["access_token"], "")
    socket = WebSocket.signed_in(person)
    _log_in(username, _with(_cookie(pair)))
    assert socket.until_closed() == 4401


def test_other_devices_stay_signed_in(browser: tuple[str, str]) -> None:
    username, before = browser
    elsewhere = Person.login(username)
    _log_in(username, _with(before))
    assert elsewhere.ask("GET", "/v1/users/me").status == 200


def test_a_sign_in_that_fails_ends_nothing(browser: tuple[str, str]) -> None:
    username, before = browser
    assert _log_in(username, _with(before), "not hers, and long").code == "wrong_credentials"
    assert _goes_on(before)


def test_a_cookie_that_no_page_of_ours_sent_ends_nothing(browser: tuple[str, str]) -> None:
    username, before = browser
    assert _log_in(username, {"Cookie": before}).status == 200
    assert _goes_on(before)


@pytest.mark.parametrize("value", ["", "x", "forged.token", f"{'0' * 64}.{'a' * 43}", "x" * 3_000, "%ff\u00e9"])
def test_a_cookie_that_is_none_hinders_nobody(browser: tuple[str, str], value: str) -> None:
    headers = {**_CSRF, "Cookie": f"{_NAME}={value}"}
    assert _goes_on(_cookie(_log_in(browser[0], headers)))


def test_the_session_of_an_hour_ago_hinders_nobody(browser: tuple[str, str]) -> None:
    username, before = browser
    assert ask("POST", "/v1/auth/logout", headers=_with(before)).status == 204
    assert _goes_on(_cookie(_log_in(username, _with(before))))


def test_refreshing_ends_nothing(browser: tuple[str, str]) -> None:
    assert _goes_on(_cookie(ask("POST", "/v1/auth/refresh", headers=_with(browser[1]))))
