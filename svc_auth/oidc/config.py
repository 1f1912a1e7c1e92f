"""Which providers people may sign in with, from OIDC_PROVIDERS: a JSON array, or the path of a file with one."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

import msgspec
from msgspec import Meta

from plumbing import codec
from plumbing.settings import settings

#: Signatures that can be believed: the provider alone can make them. Never `none`, never HMAC.
ALGORITHMS = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
)  # fmt: skip
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
MAX_APP_REDIRECT = 200


class Misconfigured(ValueError):
    """OIDC_PROVIDERS or OIDC_APP_REDIRECTS cannot be used as it is."""


class Provider(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One provider, as the operator describes it.

    Attributes:
        id: Its name in our addresses.
        name: What people read on the button.
        issuer: Its issuer identifier, exactly as its discovery document says it.
        client_id: Who we are there.
        client_secret: What proves it; empty for a public client, which PKCE alone protects.
        client_secret_file: The file that holds the secret instead.
        scopes: What is asked for; `openid` is among them.
        algorithms: How its ID tokens may be signed.
        sign_up: Whether somebody whom we do not know yet gets an account.
    """

    id: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{0,31}$")]
    name: Annotated[str, Meta(min_length=1, max_length=80)]
    issuer: Annotated[str, Meta(max_length=255)]
    client_id: Annotated[str, Meta(min_length=1, max_length=255, pattern=r"^[ -~]+$")]
    client_secret: str = ""
    client_secret_file: str = ""
    scopes: tuple[Annotated[str, Meta(pattern=r"^[!#-\[\]-~]+$")], ...] = ("openid", "profile", "email")
    algorithms: tuple[str, ...] = ("RS256", "ES256", "EdDSA")
    sign_up: bool = True

    def __repr__(self) -> str:
        """Return a text without the secret."""
        return f"Provider({self.id!r})"

    def secret(self) -> str:
        """Return the client's secret, or an empty text."""
        if self.client_secret_file:
            return Path(self.client_secret_file).read_text(encoding="utf-8").strip()
        return self.client_secret


@cache
def providers() -> dict[str, Provider]:
    """Return the providers by their id, in the operator's order.

    Raises:
        Misconfigured: Something in OIDC_PROVIDERS is wrong.
    """
    text = settings().oidc_providers.strip()
    if not text:
        return {}
    try:
        raw = Path(text).read_text(encoding="utf-8") if text.startswith("/") else text
        found = codec.decode_as(raw, list[Provider])
        for provider in found:
            _check(provider)
    except (ValueError, OSError) as error:
        raise Misconfigured(f"OIDC_PROVIDERS: {error}") from None
    if len({provider.id for provider in found}) != len(found):
        raise Misconfigured("OIDC_PROVIDERS: two providers have one id")
    return {provider.id: provider for provider in found}


def issuers() -> dict[str, Provider]:
    """Return the providers by their issuer."""
    return {provider.issuer: provider for provider in reversed(providers().values())}


def _check(provider: Provider) -> None:
    if not is_callable(provider.issuer) or "?" in provider.issuer:
        raise ValueError(f"{provider.id}: the issuer must be an https address without query and fragment")
    if "openid" not in provider.scopes:
        raise ValueError(f"{provider.id}: openid must be among the scopes")
    if not provider.algorithms or not ALGORITHMS.issuperset(provider.algorithms):
        raise ValueError(f"{provider.id}: algorithms must be some of {', '.join(sorted(ALGORITHMS))}")
    if provider.client_secret and provider.client_secret_file:
        raise ValueError(f"{provider.id}: the secret stands either here or in a file")
    provider.secret()


def is_callable(url: object) -> bool:
    """Tell whether `url` is one of https, or of http on this very machine (for development)."""
    parts = _split(url)
    if parts is None or "@" in parts.netloc or parts.fragment or not parts.hostname:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)


def _split(url: object) -> SplitResult | None:
    if not isinstance(url, str) or len(url) > 2_000 or not url.isascii() or not url.isprintable():
        return None
    if " " in url or "\\" in url:
        return None
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts


@cache
def app_redirects() -> frozenset[str]:
    """Return the addresses of native apps that may get an answer, from OIDC_APP_REDIRECTS (commas between).

    Raises:
        Misconfigured: One of them could not take it.
    """
    found = frozenset(item.strip() for item in settings().oidc_app_redirects.split(",") if item.strip())
    for url in found:
        parts = _split(url)
        if parts is None or len(url) > MAX_APP_REDIRECT or "?" in url or "#" in url or not _is_of_an_app(parts):
            raise Misconfigured(f"OIDC_APP_REDIRECTS: {url!r} is no address of an app")
    return found


def _is_of_an_app(parts: SplitResult) -> bool:
    """Tell whether an address is of a private scheme (RFC 8252 has a dot in it), claimed https, or loopback."""
    if parts.scheme == "https":
        return bool(parts.hostname) and "@" not in parts.netloc
    if parts.scheme == "http":
        return parts.hostname in {"127.0.0.1", "::1"} and "@" not in parts.netloc
    return "." in parts.scheme


def allowed_app_redirect(url: str) -> bool:
    """Tell whether an app may be answered at `url`: one of those configured.

    On loopback the port is free, since an app takes whichever the system gives it (RFC 8252, 7.3).
    """
    if url in app_redirects():
        return True
    parts = _split(url)
    if parts is None or parts.scheme != "http" or parts.hostname not in {"127.0.0.1", "::1"} or "@" in parts.netloc:
        return False
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    is_whole = len(url) <= MAX_APP_REDIRECT and not parts.query and not parts.fragment and "?" not in url
    return is_whole and "#" not in url and any(_same_but_port(known, host, parts.path) for known in app_redirects())


def _same_but_port(known: str, host: str, path: str) -> bool:
    parts = urlsplit(known)
    known_host = parts.netloc.rpartition(":")[0] if parts.port is not None else parts.netloc
    return parts.scheme == "http" and known_host == host and parts.path == path
