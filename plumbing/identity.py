"""Who asks: signed tokens, made with this process's key and verified with everybody's public keys.

Tokens are JWTs signed with Ed25519 (RFC 8037). The algorithm is ours, never the token's. A user's
token is issued by auth for all of Charla; a service's own token lives 60 s and names its callee.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contracts.auth import TokenExpired, TokenInvalid
from contracts.base import Forbidden, Unauthenticated
from plumbing import codec
from plumbing.context import current_call
from plumbing.logs import get_logger
from plumbing.settings import settings

log = get_logger(__name__)

ALGORITHM = "EdDSA"
SERVICE_TOKEN_S = 60
#: A token is good so many seconds before it says: its signer may have a clock that is ahead. None lives longer.
CLOCK_SKEW_S = 10
MAX_TOKEN_CHARS = 4_096
_RELOAD_AFTER_S = 5.0
_CACHE_SIZE = 20_000


@dataclass(frozen=True, slots=True)
class Identity:
    """A verified caller. `user_id` is empty for a service acting by itself."""

    issuer: str
    user_id: str
    session_id: str
    roles: tuple[str, ...]
    expires_at: float


class KeyRing:
    """The public keys of everybody who may sign, read from `jwks.json` and read again when it changes.

    While the file cannot be read the keys known before stay good.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._keys: dict[str, tuple[str, Any]] = {}
        self._read_at = 0.0
        self._changed_at = 0

    def find(self, kid: str) -> tuple[str, Any] | None:
        """Return (issuer, public key) for `kid`; an unknown one makes the file be looked at again."""
        if kid not in self._keys or time.monotonic() - self._read_at > 60:
            self._reload()
        return self._keys.get(kid)

    def _reload(self) -> None:
        now = time.monotonic()
        if self._keys and now - self._read_at < _RELOAD_AFTER_S:
            return
        self._read_at = now
        try:
            self._read()
        except (OSError, ValueError, LookupError, TypeError, jwt.PyJWTError) as error:
            log.warning("keys_not_read", path=str(self._path), error=f"{type(error).__name__}: {error}")

    def _read(self) -> None:
        changed_at = self._path.stat().st_mtime_ns
        if changed_at == self._changed_at:
            return
        jwks = codec.decode(self._path.read_bytes())
        self._keys = {key["kid"]: (key["iss"], jwt.PyJWK(key, ALGORITHM).key) for key in jwks["keys"]}
        self._changed_at = changed_at


class TokenSigner:
    """Signs tokens with the newest private key in a folder of `<kid>.pem` files."""

    def __init__(self, folder: Path, issuer: str) -> None:
        self._folder = folder
        self._issuer = issuer
        self._kid = ""
        self._key: Ed25519PrivateKey | None = None
        self._looked_at = 0.0
        self._own: dict[str, tuple[str, float]] = {}

    def own_token(self, audience: str) -> str:
        """Return a token by which a service acts by itself, with half of its life or more left.

        Signing one, and verifying one that was never seen, costs as much as a small call.
        """
        token, good_until = self._own.get(audience, ("", 0.0))
        if time.time() >= good_until:
            token = self.sign({"aud": audience}, SERVICE_TOKEN_S)
            self._own[audience] = token, time.time() + SERVICE_TOKEN_S / 2
        return token

    def sign(self, claims: Mapping[str, Any], ttl_s: int) -> str:
        """Return a signed token with `claims` that lives `ttl_s` seconds."""
        key = self._newest()
        now = int(time.time())
        payload = {
            "iss": self._issuer,
            "iat": now,
            "nbf": now,
            "exp": now + ttl_s,
            **claims,
        }
        return jwt.encode(payload, key, algorithm=ALGORITHM, headers={"kid": self._kid})

    def _newest(self) -> Ed25519PrivateKey:
        if self._key is not None and time.monotonic() - self._looked_at < _RELOAD_AFTER_S:
            return self._key
        self._looked_at = time.monotonic()
        newest = max(
            self._folder.glob("*.pem"),
            key=lambda path: (path.stat().st_mtime, path.name),
        )
        if self._key is not None and newest.stem == self._kid:
            return self._key
        key = serialization.load_pem_private_key(newest.read_bytes(), password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise TypeError(f"{newest} is not an Ed25519 key")
        self._kid, self._key = newest.stem, key
        return key


class TokenVerifier:
    """Verifies tokens and remembers the ones it has seen until they expire."""

    def __init__(self, ring: KeyRing, user_issuer: str, user_audience: str, service: str) -> None:
        self._ring = ring
        self._user_issuer = user_issuer
        self._user_audience = user_audience
        self._service = service
        self._seen: dict[str, Identity] = {}
        self._lock = Lock()

    def verify(self, token: object) -> Identity:
        """Return who signed `token`.

        Raises:
            TokenInvalid: Not a token of ours, or not for us.
            TokenExpired: It was one.
        """
        if not isinstance(token, str) or not token or len(token) > MAX_TOKEN_CHARS:
            raise TokenInvalid
        seen = self._seen.get(token)
        if seen is None:
            seen = self._verify_signature(token)
            self._remember(token, seen)
        if seen.expires_at <= time.time():
            raise TokenExpired
        return seen

    def _remember(self, token: str, identity: Identity) -> None:
        with self._lock:
            if len(self._seen) >= _CACHE_SIZE:
                now = time.time()
                self._seen = {key: who for key, who in self._seen.items() if who.expires_at > now}
                if len(self._seen) >= _CACHE_SIZE:
                    self._seen.clear()
            self._seen[token] = identity

    def _verify_signature(self, token: str) -> Identity:
        try:
            kid = jwt.get_unverified_header(token).get("kid", "")
            found = self._ring.find(kid) if isinstance(kid, str) else None
            if found is None:
                raise TokenInvalid
            issuer, key = found
            audience = self._user_audience if issuer == self._user_issuer else self._service
            claims = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                issuer=issuer,
                audience=audience,
                leeway=CLOCK_SKEW_S,  # `verify` itself looks at the end, to the second
                options={"require": ["exp", "iat", "nbf", "iss", "aud"]},
            )
            return _identity(issuer, claims, is_user=issuer == self._user_issuer)
        except jwt.ExpiredSignatureError:
            raise TokenExpired from None
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError) as error:
            raise TokenInvalid from error


def _identity(issuer: str, claims: dict[str, Any], *, is_user: bool) -> Identity:
    expires_at = float(claims["exp"])
    if not is_user:
        return Identity(issuer, "", "", (), expires_at)
    user_id, session_id, roles = claims.get("sub"), claims.get("sid"), claims.get("roles", [])
    if not (isinstance(user_id, str) and user_id and isinstance(session_id, str)):
        raise TokenInvalid
    if not (isinstance(roles, list) and all(isinstance(role, str) for role in roles)):
        raise TokenInvalid
    return Identity(issuer, user_id, session_id, tuple(roles), expires_at)


_verifiers: dict[str, TokenVerifier] = {}
_signers: dict[str, TokenSigner] = {}


def _verifier() -> TokenVerifier:
    conf = settings()
    found = _verifiers.get(conf.service_name)
    if found is None:
        ring = KeyRing(Path(conf.keys_dir) / "jwks.json")
        found = TokenVerifier(ring, conf.auth_issuer, conf.token_audience, conf.service_name)
        _verifiers[conf.service_name] = found
    return found


def verify_token(token: object) -> Identity:
    """Return who signed `token` (see `TokenVerifier.verify`)."""
    return _verifier().verify(token)


def verify_user_token(token: object) -> Identity:
    """Return the person behind `token`; a service's own token is refused."""
    who = verify_token(token)
    if not who.user_id:
        raise TokenInvalid
    return who


def _own_keys(keys_dir: Path, service: str) -> Path:
    """Return the folder of the keys by which `service` signs for itself.

    It has the service's name, except where that folder holds keys for something else: auth's own
    are in `auth-service`, because those in `auth` sign for people.
    """
    apart = keys_dir / f"{service}-service"
    return apart if apart.is_dir() else keys_dir / service


def own_signer(keys_dir: Path, service: str) -> TokenSigner:
    """Return what signs tokens by which `service` acts by itself."""
    return TokenSigner(_own_keys(keys_dir, service), service)


def service_token(audience: str) -> str:
    """Return a token by which this service acts by itself towards the service `audience`."""
    name = settings().service_name
    signer = _signers.get(name)
    if signer is None:
        signer = _signers[name] = own_signer(Path(settings().keys_dir), name)
    return signer.own_token(audience)


class CallerIdentity:
    """The identity behind the current call."""

    def user(self) -> Identity:
        """Return the person who calls.

        Raises:
            Unauthenticated: No token, or not a person's.
        """
        token = current_call().token
        if token is None:
            raise Unauthenticated
        return verify_user_token(token)

    def service(self, *allowed: str) -> Identity:
        """Return the service that calls by itself; it must be one of `allowed`.

        Raises:
            Unauthenticated: No token.
            Forbidden: Another caller.
        """
        token = current_call().token
        if token is None:
            raise Unauthenticated
        who = verify_token(token)
        if who.user_id or who.issuer not in allowed:
            raise Forbidden
        return who
