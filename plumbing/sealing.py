"""Keys derived from TOKEN_SECRET, one for each scope and purpose, and boxes that they lock."""

from __future__ import annotations

import base64
from functools import cache

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from plumbing.settings import settings


@cache
def derived_key(scope: str, purpose: str) -> bytes:
    """Return 32 bytes that only this purpose within this scope uses, and that no rotation changes.

    For hashes, which are compared for good; what is sealed or signed takes `derived_keys`.

    Raises:
        RuntimeError: TOKEN_SECRET is missing or too short to be one.
    """
    return derived_keys(scope, purpose)[0]


def derived_keys(scope: str, purpose: str) -> list[bytes]:
    """Return such keys of every secret that was in force, the oldest first: the last one seals and signs.

    Raises:
        RuntimeError: TOKEN_SECRET is missing, or one is too short.
    """
    conf = settings()
    return [
        _derive(secret, scope, purpose) for secret in (*reversed(conf.token_secret_before.split()), conf.token_secret)
    ]


@cache
def _derive(secret: str, scope: str, purpose: str) -> bytes:
    if len(secret) < 32:
        raise RuntimeError("TOKEN_SECRET must have at least 32 characters")
    info = f"{scope} {purpose}".encode()
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(secret.encode())


class Box:
    """Keeps secrets of one purpose encrypted and authenticated (Fernet)."""

    def __init__(self, scope: str, purpose: str) -> None:
        self._scope = scope
        self._purpose = purpose

    def seal(self, secret: str) -> bytes:
        """Return `secret` encrypted."""
        return self._fernet().encrypt(secret.encode())

    def unseal(self, sealed: bytes) -> str:
        """Return what `seal` was given."""
        return self._fernet().decrypt(bytes(sealed)).decode()

    def _fernet(self) -> MultiFernet:
        keys = reversed(derived_keys(self._scope, self._purpose))
        return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys])
