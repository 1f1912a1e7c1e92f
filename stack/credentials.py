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
    from collections.abc import Mapping
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
        self._values = self.read(self._path.read_text()) if self._path.exists() else {}

    @staticmethod
    def read(text: str) -> dict[str, str]:
        """Returns the values by their names, out of what the file says."""
        return dict(json.loads(text))

    def get(self, name: str) -> str:
        """Returns the value of that name (256 random bits), made when missing."""
        if name not in self._values:
            self.put({name: secrets.token_urlsafe(32)})
        return self._values[name]

    def find(self, name: str) -> str:
        """Returns the value of that name; nothing when it is missing."""
        return self._values.get(name, "")

    def put(self, values: Mapping[str, str]) -> None:
        """Keeps other values under their names; an empty one is forgotten. All of them or none."""
        # Another command may have made some since this one began.
        known = self.read(self._path.read_text()) if self._path.exists() else {}
        self._values = {name: value for name, value in (known | dict(values)).items() if value}
        write_private(self._path, json.dumps(self._values, indent=2) + "\n")

    def login(self, server: str, user: str) -> str:
        """Returns the name by which a user signs in to PostgreSQL or RabbitMQ.

        Both know a single password for a name, so a rotation takes the other one of two names, with the same rights.
        """
        return self.find(f"{server}-{user}-login") or user


def keys_folder(run: RunDir) -> Path:
    """Returns the folder of the signing keys."""
    return run.folder("secrets", "keys")


def make_keys(run: RunDir, public_folder: Path | None = None) -> None:
    """Makes a signing key for whoever has none, and publishes every public half.

    What the set holds already is kept: the auth service rotates keys in it.

    Args:
        run: the run directory.
        public_folder: where the set lies; beside the private halves when None.
    """
    home_of_public = public_folder or keys_folder(run)
    with (home_of_public / "jwks.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        path = home_of_public / "jwks.json"
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
