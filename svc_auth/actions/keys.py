"""The keys that sign access tokens: files in KEYS_DIR, several public ones, the newest signs.

A rotation has three steps, some minutes apart: `announce` makes a key and publishes its public
half (its file is dated 1970, so nobody signs with it yet), `promote` dates it today, `retire` takes
older keys away once no token of theirs can live.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization as forms
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

#: How long verifiers may go without looking at jwks.json again, with a margin.
SPREAD_S = 90
_ANNOUNCED_AT = 1.0


def public_jwks(keys_dir: Path, issuer: str) -> dict[str, Any]:
    """Return the public keys of the issuer of people's tokens, for everybody."""
    return {"keys": [_public(key) for key in _read(keys_dir) if key.get("iss") == issuer]}


def _public(key: dict[str, Any]) -> dict[str, Any]:
    return {name: key[name] for name in ("kty", "crv", "x", "kid", "alg", "use") if name in key}


def announce(keys_dir: Path, folder: str, issuer: str) -> str:
    """Make a key, publish its public half and return its kid; it signs after `promote`."""
    kid = f"{folder}-{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(forms.Encoding.PEM, forms.PrivateFormat.PKCS8, forms.NoEncryption())
    _write_private(keys_dir / folder, kid, pem)
    with _locked(keys_dir):
        _replace(keys_dir, [*_read(keys_dir), _jwk(key, kid, issuer)])
    return kid


def promote(keys_dir: Path, folder: str, kid: str) -> None:
    """Let an announced key sign from now on."""
    os.utime(keys_dir / folder / f"{kid}.pem")


def retire(keys_dir: Path, folder: str, issuer: str, after_s: float) -> list[str]:
    """Take away the keys before the newest, if that signs since `after_s` seconds; return their kids."""
    dated = {path.stem: path.stat().st_mtime for path in (keys_dir / folder).glob("*.pem")}
    newest = max(dated, key=lambda kid: (dated[kid], kid))
    if time.time() - dated[newest] < after_s:
        return []
    old = {kid for kid, at in dated.items() if kid != newest and at != _ANNOUNCED_AT}
    with _locked(keys_dir):
        _replace(keys_dir, [key for key in _read(keys_dir) if key["iss"] != issuer or key["kid"] not in old])
    for kid in old:
        (keys_dir / folder / f"{kid}.pem").unlink()
    return sorted(old)


def _jwk(key: Ed25519PrivateKey, kid: str, issuer: str) -> dict[str, Any]:
    raw = key.public_key().public_bytes(forms.Encoding.Raw, forms.PublicFormat.Raw)
    x = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    return {"kty": "OKP", "crv": "Ed25519", "x": x, "kid": kid, "alg": "EdDSA", "use": "sig", "iss": issuer}


def _read(keys_dir: Path) -> list[dict[str, Any]]:
    return list(json.loads((keys_dir / "jwks.json").read_text(encoding="utf-8"))["keys"])


def _replace(keys_dir: Path, keys: list[dict[str, Any]]) -> None:
    fresh = keys_dir / "jwks.json.new"
    fresh.write_text(json.dumps({"keys": keys}, indent=1), encoding="utf-8")
    fresh.replace(keys_dir / "jwks.json")


def _write_private(home: Path, kid: str, pem: bytes) -> None:
    draft = home / f"{kid}.draft"
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
    os.utime(draft, (_ANNOUNCED_AT, _ANNOUNCED_AT))
    draft.rename(home / f"{kid}.pem")


@contextmanager
def _locked(keys_dir: Path) -> Iterator[None]:
    with (keys_dir / "jwks.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
