"""A browser's cookies, which no script can read.

One holds its refresh token and is used only with the CSRF header. The other holds the flow token of a
sign-in at a provider; it has to come along when the provider sends the browser back, hence `Lax`.
"""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie
from typing import Any

from contracts.base import Forbidden
from gateway_flask.reply import Header

COOKIE = "__Host-charla_refresh"
FLOW_COOKIE = "__Host-charla_oidc"
CSRF_HEADER = "X-Charla-CSRF"
_CSRF_ENVIRON = "HTTP_X_CHARLA_CSRF"
_LIFE_S = 30 * 24 * 3600
_ATTRIBUTES = "Path=/; Secure; HttpOnly; SameSite=Strict"
_FLOW_ATTRIBUTES = "Path=/; Secure; HttpOnly; SameSite=Lax"


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
    token = _read(environ, COOKIE)
    if token is not None and not wants_cookie(environ):
        raise CsrfHeaderMissing
    return token


def former_refresh_token(environ: dict[str, Any]) -> str | None:
    """Return the refresh token of the session that a browser has while it signs in anew, or None.

    One that does not come from a page of ours counts for nothing.
    """
    return _read(environ, COOKIE) if wants_cookie(environ) else None


def flow_token_of(environ: dict[str, Any]) -> str | None:
    """Return the flow token in the request's cookie, or None; a provider's redirect can send no header."""
    return _read(environ, FLOW_COOKIE)


def _read(environ: dict[str, Any], name: str) -> str | None:
    jar = SimpleCookie()
    try:
        jar.load(environ.get("HTTP_COOKIE", ""))
    except CookieError:
        return None
    return jar[name].value if name in jar else None


def keep(refresh_token: str) -> Header:
    """Return the header that stores a refresh token in the browser."""
    return ("Set-Cookie", f"{COOKIE}={refresh_token}; Max-Age={_LIFE_S}; {_ATTRIBUTES}")


def drop() -> Header:
    """Return the header that removes it again."""
    return ("Set-Cookie", f"{COOKIE}=; Max-Age=0; {_ATTRIBUTES}")


def keep_flow(flow_token: str, seconds: int) -> Header:
    """Return the header that stores a flow token in the browser."""
    return ("Set-Cookie", f"{FLOW_COOKIE}={flow_token}; Max-Age={seconds}; {_FLOW_ATTRIBUTES}")


def drop_flow() -> Header:
    """Return the header that removes it again."""
    return ("Set-Cookie", f"{FLOW_COOKIE}=; Max-Age=0; {_FLOW_ATTRIBUTES}")
