"""Passwords and signing keys: made once, kept private, never printed."""

from __future__ import annotations

import base64
import fcntl
import hashlib
import json
import secrets
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from stack.rundir import write_private
from stack.topology import CLIENTS, SERVICES

if TYPE_CHECKING:
    from pathlib import Path

    from stack.rundir import RunDir

USER_ISSUER = "charla-auth"
# Folder of private keys -> who signs with them. The folder `auth` holds the
# keys of people's access tokens; a service signs for itself with its own.
KEY_FOLDERS = {
    "auth": USER_ISSUER,
    **{name: name for name in (*SERVICES, *CLIENTS) if name != "auth"},
    "auth-service": "auth",
}


class Passwords:
    """Named random values, kept in one private file."""

    def __init__(self, run: RunDir) -> None:
        """Reads what an earlier run made."""
        self._path = run.secrets / "passwords.json"
        self._values: dict[str, str] = json.loads(self._path.read_text()) if self._path.exists() else {}

    def get(self, name: str) -> str:
        """Returns the value of that name (256 random bits), made when missing."""
        if name not in self._values:
            self._values[name] = secrets.token_urlsafe(32)
            write_private(self._path, json.dumps(self._values, indent=2) + "\n")
        return self._values[name]


def keys_folder(run: RunDir) -> Path:
    """Returns the folder of the signing keys."""
    return run.folder("secrets", "keys")


def make_keys(run: RunDir) -> None:
    """Makes a signing key for whoever has none, and publishes every public half.

    What the set holds already is kept: the auth service rotates keys in it.
    """
    with (keys_folder(run) / "jwks.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        path = keys_folder(run) / "jwks.json"
        public = json.loads(path.read_text())["keys"] if path.exists() else []
        known = {key["kid"] for key in public}
        for folder, issuer in KEY_FOLDERS.items():
            home = run.folder("secrets", "keys", folder)
            if not any(home.glob("*.pem")):
                _write_key(home)
            fresh = (each for each in sorted(home.glob("*.pem")) if each.stem not in known)
            public += [_public_half(each, issuer) for each in fresh]
        if len(public) > len(known):
            write_private(path, json.dumps({"keys": public}, indent=1))


def _write_key(home: Path) -> None:
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    write_private(home / f"{_thumbprint(_x(key))}.pem", pem.decode())


def _public_half(path: Path, issuer: str) -> dict[str, str]:
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        message = f"{path} is not an Ed25519 key"
        raise TypeError(message)
    return {
        "kty": "OKP",
        "crv": "Ed25519",
        "alg": "EdDSA",
        "use": "sig",
        "kid": path.stem,
        "iss": issuer,
        "x": _x(key),
    }


def _x(key: Ed25519PrivateKey) -> str:
    return _base64url(key.public_key().public_bytes_raw())


def _thumbprint(x: str) -> str:
    """Returns the key's RFC 7638 thumbprint."""
    text = json.dumps({"crv": "Ed25519", "kty": "OKP", "x": x}, separators=(",", ":"))
    return _base64url(hashlib.sha256(text.encode()).digest())


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
