"""This installation's key towards push services (VAPID, RFC 8292): made when it is missing, then kept."""

from __future__ import annotations

import base64
import os
import tempfile
import time
from email.utils import parseaddr
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from plumbing.settings import settings

FOLDER = "subscriptions-push"
_TOKEN_S = 12 * 3_600
_RENEW_S = 3_600


class Vapid:
    """Signs for this installation; a token for each push service, renewed in time."""

    def __init__(self, key: ec.EllipticCurvePrivateKey, subject: str) -> None:
        self._key = key
        self._subject = subject
        self._tokens: dict[str, tuple[str, float]] = {}
        point = key.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
        self.public_key = base64.urlsafe_b64encode(point).rstrip(b"=").decode()

    def authorization(self, origin: str) -> str:
        """Return the Authorization header for the push service at `origin`."""
        token, expires_at = self._tokens.get(origin, ("", 0.0))
        if expires_at - time.time() < _RENEW_S:
            expires_at = time.time() + _TOKEN_S
            claims: dict[str, Any] = {"aud": origin, "exp": int(expires_at), "sub": self._subject}
            token = jwt.encode(claims, self._key, algorithm="ES256")
            if len(self._tokens) > 1_000:
                self._tokens.clear()
            self._tokens[origin] = (token, expires_at)
        return f"vapid t={token}, k={self.public_key}"


def load(folder: Path | None = None) -> Vapid:
    """Return the signer with the key in KEYS_DIR/subscriptions-push; all processes come to the same one."""
    home = folder or Path(settings().keys_dir) / FOLDER
    path = home / "vapid.pem"
    if not path.exists():
        _make(path)
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{path} is no key on an elliptic curve")
    return Vapid(key, f"mailto:{parseaddr(settings().mail_from)[1] or 'charla@localhost'}")


def _make(path: Path) -> None:
    """Write a new key; the first of several processes wins, and none reads half a file."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    handle, made = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(pem)
    try:
        path.hardlink_to(made)
    except FileExistsError:
        return
    finally:
        Path(made).unlink()
