"""Keys derived from TOKEN_SECRET: sealing TOTP secrets, hashing recovery codes, signing links."""

from __future__ import annotations

import base64
import hashlib
import hmac
from functools import cache

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from plumbing.settings import settings


@cache
def derived_key(purpose: str) -> bytes:
    """Return 32 bytes that only this purpose uses.

    Raises:
        RuntimeError: TOKEN_SECRET is missing or too short to be one.
    """
    secret = settings().token_secret
    if len(secret) < 32:
        raise RuntimeError("TOKEN_SECRET must have at least 32 characters")
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"charla-auth {purpose}".encode()).derive(
        secret.encode()
    )


def seal(secret: str) -> bytes:
    """Return `secret` encrypted and authenticated."""
    return _box().encrypt(secret.encode())


def unseal(sealed: bytes) -> str:
    """Return what `seal` was given."""
    return _box().decrypt(sealed).decode()


def keyed_hash(purpose: str, value: str) -> bytes:
    """Return the HMAC-SHA-256 of `value` under the key of `purpose`."""
    return hmac.new(derived_key(purpose), value.encode(), hashlib.sha256).digest()


def _box() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(derived_key("totp secrets")))
