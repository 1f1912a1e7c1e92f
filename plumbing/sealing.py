"""Keys derived from TOKEN_SECRET, one for each scope and purpose, and boxes that they lock."""

from __future__ import annotations

import base64
from functools import cache

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from plumbing.settings import settings


@cache
def derived_key(scope: str, purpose: str) -> bytes:
    """Return 32 bytes that only this purpose within this scope uses.

    Raises:
        RuntimeError: TOKEN_SECRET is missing or too short to be one.
    """
    secret = settings().token_secret
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

    def _fernet(self) -> Fernet:
        return Fernet(base64.urlsafe_b64encode(derived_key(self._scope, self._purpose)))
