"""A browser's refresh token: in a cookie that no script can read, used only with the CSRF header."""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie
from typing import Any

from contracts.base import Forbidden
from gateway_flask.reply import Header

COOKIE = "__Host-charla_refresh"
CSRF_HEADER = "X-Charla-CSRF"
_CSRF_ENVIRON = "HTTP_X_CHARLA_CSRF"
_LIFE_S = 30 * 24 * 3600
_ATTRIBUTES = "Path=/; Secure; HttpOnly; SameSite=Strict"


class CsrfHeaderMissing(Forbidden):
    """A cookie came without the header that only our own pages can send."""

    code = "csrf_header_missing"
    detail = f"A request that relies on the cookie needs the header {CSRF_HEADER}."


def wants_cookie(environ: dict[str, Any]) -> bool:
    """Tell whether the caller is a browser that wants its refresh token as a cookie."""
    return bool(environ.get(_CSRF_ENVIRON))


def refresh_token_of(environ: dict[str, Any]) -> str | None:
    """Return the refresh token in the request's cookie, or None.

    Raises:
        CsrfHeaderMissing: There is one, but no CSRF header.
    """
    jar = SimpleCookie()
    try:
        jar.load(environ.get("HTTP_COOKIE", ""))
    except CookieError:
        return None
    if COOKIE not in jar:
        return None
    if not wants_cookie(environ):
        raise CsrfHeaderMissing
    return jar[COOKIE].value


def keep(refresh_token: str) -> Header:
    """Return the header that stores a refresh token in the browser."""
    return ("Set-Cookie", f"{COOKIE}={refresh_token}; Max-Age={_LIFE_S}; {_ATTRIBUTES}")


def drop() -> Header:
    """Return the header that removes it again."""
    return ("Set-Cookie", f"{COOKIE}=; Max-Age=0; {_ATTRIBUTES}")
