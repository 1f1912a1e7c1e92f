"""Signing keys as the stack lays them out."""

from __future__ import annotations

import json
import os
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm


class KeysDir:
    """A KEYS_DIR: private keys in folders, and the public halves in jwks.json."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._public: list[dict[str, str]] = []
        self._writes = 0

    def add(self, folder: str, issuer: str, kid: str, *, published: bool = True) -> Ed25519PrivateKey:
        """Make a key, the newest of its folder."""
        key = Ed25519PrivateKey.generate()
        home = self.path / folder
        home.mkdir(exist_ok=True)
        pem = home / f"{kid}.pem"
        pem.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        self._date(pem)
        self._public.append({**json.loads(OKPAlgorithm.to_jwk(key.public_key())), "kid": kid, "iss": issuer})
        if published:
            self.publish()
        return key

    def publish(self) -> None:
        """Write jwks.json."""
        path = self.path / "jwks.json"
        path.write_text(json.dumps({"keys": self._public}))
        self._date(path)

    def _date(self, path: Path) -> None:
        """Give `path` a later time than what was written before it, however fast that was."""
        self._writes += 1
        moment = path.stat().st_mtime + self._writes
        os.utime(path, (moment, moment))
