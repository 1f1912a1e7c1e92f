"""Who calls: the bearer token of a request, verified here and again by every service."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Any

from contracts.auth import SessionEnded
from contracts.base import Unauthenticated
from gateway_flask.options import options
from plumbing.identity import Identity, verify_user_token
from plumbing.revocations import revocations


def authenticate(environ: dict[str, Any]) -> tuple[str, Identity]:
    """Return the access token of a request and the person behind it.

    Raises:
        Unauthenticated: None, not valid, expired, or its session has ended.
    """
    header: str = environ.get("HTTP_AUTHORIZATION", "")
    if header[:7].lower() != "bearer ":
        raise Unauthenticated
    token = header[7:]
    return token, check_token(token)


def check_token(token: str) -> Identity:
    """Return the person behind an access token.

    Raises:
        Unauthenticated: Not valid, expired, or its session has ended.
    """
    who = verify_user_token(token)
    if revocations.is_revoked(who, token):
        raise SessionEnded
    return who


def client_address(environ: dict[str, Any]) -> str:
    """Return the client's address; a forwarded one only where a proxy of ours says it."""
    peer: str = environ.get("REMOTE_ADDR", "")
    forwarded: str = environ.get("HTTP_X_FORWARDED_FOR", "")
    if forwarded and _is_trusted(peer):
        return forwarded.rpartition(",")[2].strip()[:64]
    return peer


@lru_cache(maxsize=1_024)
def _is_trusted(peer: str) -> bool:
    """Whether a proxy of ours has this address; one on a Unix socket has none, which is the empty one."""
    proxies = options().trusted_proxies
    if peer in proxies:
        return True
    networks = [ip_network(each) for each in proxies if "/" in each]
    return bool(peer and networks) and any(ip_address(peer) in each for each in networks)
