"""Believing an ID token (OpenID Connect Core, 3.1.3.7): whose signature, for whom, when, and for which sign-in."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from svc_auth.oidc.config import Provider
from svc_auth.oidc.errors import AnswerRefused
from svc_auth.policy import OIDC_CLOCK_SKEW_S, OIDC_TOKEN_AGE_S

MAX_CHARS = 32_768
MAX_SUBJECT = 255
MIN_RSA_BITS = 2_048

Keys = Sequence[dict[str, Any]]
#: What kind of key (`kty`, `crv`) each way of signing needs.
_KINDS: dict[str, tuple[str, str | None]] = {
    **{f"{family}{bits}": ("RSA", None) for family in ("RS", "PS") for bits in (256, 384, 512)},
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
    "ES512": ("EC", "P-521"),
    "EdDSA": ("OKP", "Ed25519"),
}


@dataclass(frozen=True, slots=True)
class Claims:
    """Who somebody is to a provider.

    Attributes:
        issuer: The provider.
        subject: The person, in the provider's own terms; never given to another one.
        facts: Everything else that it says, unchecked.
    """

    issuer: str
    subject: str
    facts: dict[str, Any]


def believe(
    token: object, provider: Provider, nonce: str, keys: Callable[[], Keys], fresh_keys: Callable[[], Keys]
) -> Claims:
    """Return what an ID token says, if it is the provider's, for us, and for this sign-in.

    Args:
        token: What came as `id_token`.
        provider: Who should have signed it.
        nonce: What we gave this sign-in.
        keys: Returns the provider's keys.
        fresh_keys: Fetches them anew, for a key that is not among them yet.

    Raises:
        AnswerRefused: It is not.
        ProviderAway: The keys cannot be had.
    """
    if not isinstance(token, str) or len(token) > MAX_CHARS:
        raise AnswerRefused("no_id_token")
    algorithm, kid = _header(token, provider)
    key = _find(keys(), algorithm, kid) or _find(fresh_keys(), algorithm, kid)
    if key is None:
        raise AnswerRefused("unknown_key")
    claims = _decoded(token, key, algorithm, provider)
    _check_claims(claims, provider, nonce)
    return Claims(provider.issuer, claims["sub"], claims)


def _header(token: str, provider: Provider) -> tuple[str, str | None]:
    """Return the algorithm, one of those configured for the provider, and the key's id."""
    try:
        header = jwt.get_unverified_header(token)
    except jwt.PyJWTError:
        raise AnswerRefused("malformed_id_token") from None
    algorithm, kid, kind = header.get("alg"), header.get("kid"), header.get("typ", "JWT")
    if not isinstance(algorithm, str) or algorithm not in provider.algorithms:
        raise AnswerRefused("algorithm")
    # An access or logout token of the same issuer must not pass for an ID token (RFC 8725, 3.11).
    if not isinstance(kind, str) or kind.upper() != "JWT" or "crit" in header:
        raise AnswerRefused("header")
    return algorithm, kid


def _find(keys: Keys, algorithm: str, kid: str | None) -> jwt.PyJWK | None:
    """Return the key of that id; without one, the only key that there is for the algorithm."""
    fitting = [key for key in keys if _fits(key, algorithm) and kid in (None, key.get("kid"))]
    if not fitting or (kid is None and len(fitting) > 1):
        return None
    try:
        found = jwt.PyJWK.from_dict(fitting[0], algorithm=algorithm)
    except (jwt.PyJWTError, ValueError, TypeError):
        raise AnswerRefused("unusable_key") from None
    if isinstance(found.key, RSAPublicKey) and found.key.key_size < MIN_RSA_BITS:
        raise AnswerRefused("short_key")
    return found


def _fits(key: dict[str, Any], algorithm: str) -> bool:
    kty, crv = _KINDS[algorithm]
    return key.get("kty") == kty and crv in (None, key.get("crv")) and key.get("alg", algorithm) == algorithm


def _decoded(token: str, key: jwt.PyJWK, algorithm: str, provider: Provider) -> dict[str, Any]:
    try:
        return jwt.decode(
            token,
            key,
            algorithms=[algorithm],
            issuer=provider.issuer,
            audience=provider.client_id,
            leeway=OIDC_CLOCK_SKEW_S,
            options={"require": ["iss", "sub", "aud", "exp", "iat", "nonce"]},
        )
    except jwt.PyJWTError as error:
        raise AnswerRefused(type(error).__name__) from None
    except (ValueError, TypeError, OverflowError):
        raise AnswerRefused("malformed_id_token") from None


def _check_claims(claims: dict[str, Any], provider: Provider, nonce: str) -> None:
    given, audiences, party = claims["nonce"], claims["aud"], claims.get("azp")
    if not isinstance(given, str) or not hmac.compare_digest(given.encode(), nonce.encode()):
        raise AnswerRefused("nonce")
    if party is None and isinstance(audiences, list) and len(audiences) > 1:
        raise AnswerRefused("azp_missing")
    if party is not None and party != provider.client_id:
        raise AnswerRefused("azp")
    if time.time() - int(claims["iat"]) > OIDC_TOKEN_AGE_S + OIDC_CLOCK_SKEW_S:
        raise AnswerRefused("issued_long_ago")
    subject = claims["sub"]
    if not isinstance(subject, str) or not 1 <= len(subject) <= MAX_SUBJECT or not subject.isascii():
        raise AnswerRefused("subject")
    if not subject.isprintable():
        raise AnswerRefused("subject")
