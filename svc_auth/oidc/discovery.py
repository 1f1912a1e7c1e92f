"""What a provider says of itself (OpenID Connect Discovery), as far as we rely on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from svc_auth.oidc.config import Provider, is_callable
from svc_auth.oidc.errors import ProviderAway
from svc_auth.oidc.fetching import get_json


@dataclass(frozen=True, slots=True)
class Metadata:
    """Where a provider does what, and how.

    Attributes:
        authorization_endpoint: Where browsers go.
        token_endpoint: Where we trade a code.
        jwks_uri: Where its public keys are.
        sends_iss: Whether its authorization responses name it (RFC 9207).
        secret_in_body: Whether it takes our secret in the form only.
    """

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    sends_iss: bool
    secret_in_body: bool


def discover(provider: Provider) -> Metadata:
    """Return a provider's metadata.

    Raises:
        ProviderAway: It cannot be fetched, is another issuer's, or is unusable.
    """
    found = get_json(provider.issuer.rstrip("/") + "/.well-known/openid-configuration")
    if found.get("issuer") != provider.issuer:
        raise ProviderAway("discovery_of_another_issuer")
    return Metadata(
        authorization_endpoint=_endpoint(found, "authorization_endpoint", provider),
        token_endpoint=_endpoint(found, "token_endpoint", provider),
        jwks_uri=_endpoint(found, "jwks_uri", provider),
        sends_iss=found.get("authorization_response_iss_parameter_supported") is True,
        secret_in_body=_takes_secret_in_body_only(found.get("token_endpoint_auth_methods_supported")),
    )


def _endpoint(found: dict[str, Any], name: str, provider: Provider) -> str:
    url = found.get(name)
    is_http_too = urlsplit(provider.issuer).scheme == "http"
    if not isinstance(url, str) or not is_callable(url) or not (is_http_too or url.startswith("https:")):
        raise ProviderAway(f"unusable_{name}")
    return url


def _takes_secret_in_body_only(methods: object) -> bool:
    return isinstance(methods, list) and "client_secret_basic" not in methods and "client_secret_post" in methods


def fetch_keys(jwks_uri: str) -> list[dict[str, Any]]:
    """Return the public keys of a provider that may verify signatures.

    Raises:
        ProviderAway: There is no key set.
    """
    keys = get_json(jwks_uri).get("keys")
    if not isinstance(keys, list):
        raise ProviderAway("no_keys")
    return [key for key in keys if isinstance(key, dict) and _may_verify(key)]


def _may_verify(key: dict[str, Any]) -> bool:
    uses = key.get("key_ops", ["verify"])
    return key.get("use", "sig") == "sig" and isinstance(uses, list) and "verify" in uses
