"""Keys derived from TOKEN_SECRET: keeping webhooks' secrets, and signing links in mails."""

from __future__ import annotations

import base64
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
    info = f"charla-subscriptions {purpose}".encode()
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(secret.encode())


def seal(secret: str) -> bytes:
    """Return `secret` encrypted and authenticated."""
    return _box().encrypt(secret.encode())


def unseal(sealed: bytes) -> str:
    """Return what `seal` was given."""
    return _box().decrypt(bytes(sealed)).decode()


def _box() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(derived_key("webhook secrets")))
