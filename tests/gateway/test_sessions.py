"""Signing in as a browser does: the refresh token in a cookie that scripts cannot read."""

from __future__ import annotations

import secrets

from client import PASSWORD, Person, Reply, ask

_CSRF = {"X-Charla-CSRF": "1"}
_NAME = "__Host-charla_refresh"


def _register() -> Reply:
    body = {"username": f"web{secrets.token_hex(5)}", "password": PASSWORD, "display_name": "Web"}
    return ask("POST", "/v1/auth/register", body, headers=_CSRF)


def _cookie(reply: Reply) -> str:
    return reply.headers["Set-Cookie"].partition(";")[0]


def test_a_browser_gets_the_refresh_token_as_a_cookie_only(stack: str) -> None:
    reply = _register()
    assert reply.json["refresh_token"] is None
    cookie = reply.headers["Set-Cookie"]
    assert cookie.startswith(f"{_NAME}=")
    assert all(part in cookie for part in ("Secure", "HttpOnly", "SameSite=Strict", "Path=/"))
    assert "Domain" not in cookie


def test_a_cookie_without_the_csrf_header_is_refused(stack: str) -> None:
    cookie = _cookie(_register())
    assert ask("POST", "/v1/auth/refresh", headers={"Cookie": cookie}).code == "csrf_header_missing"
    reply = ask("POST", "/v1/auth/refresh", headers={"Cookie": cookie, **_CSRF})
    assert reply.status == 200, reply.raw
    assert _cookie(reply) != cookie


def test_logout_by_cookie_ends_the_session(stack: str) -> None:
    registered = _register()
    headers = {"Cookie": _cookie(registered), **_CSRF}
    reply = ask("POST", "/v1/auth/logout", headers=headers)
    assert reply.status == 204
    assert "Max-Age=0" in reply.headers["Set-Cookie"]
    assert ask("POST", "/v1/auth/refresh", headers=headers).status == 401


def test_an_access_token_ends_with_its_session(stack: str) -> None:
    person = Person.register(f"out{secrets.token_hex(5)}")
    assert person.ask("POST", "/v1/auth/logout").status == 204
    assert _refused_within(person, 5.0)


def _refused_within(person: Person, seconds: float) -> bool:
    import time

    end = time.monotonic() + seconds
    while time.monotonic() < end:
        reply = person.ask("GET", "/v1/users/me")
        if reply.status == 401:
            return reply.code == "session_ended"
    return False
