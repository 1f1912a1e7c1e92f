"""What auth's keys are for: sealing TOTP secrets, hashing recovery codes and challenges, signing links."""

from __future__ import annotations

import hashlib
import hmac

from plumbing import sealing

_SCOPE = "charla-auth"
_box = sealing.Box(_SCOPE, "totp secrets")

seal = _box.seal
unseal = _box.unseal


def derived_key(purpose: str) -> bytes:
    """Return 32 bytes that only this purpose uses."""
    return sealing.derived_key(_SCOPE, purpose)


def keyed_hash(purpose: str, value: str) -> bytes:
    """Return the HMAC-SHA-256 of `value` under the key of `purpose`."""
    return hmac.new(derived_key(purpose), value.encode(), hashlib.sha256).digest()
