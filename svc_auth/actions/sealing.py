"""What auth's keys are for: sealing TOTP secrets, hashing recovery codes and challenges, signing links."""

from __future__ import annotations

import hashlib
import hmac

from plumbing import sealing

_SCOPE = "charla-auth"
_box = sealing.Box(_SCOPE, "totp secrets")

seal = _box.seal
unseal = _box.unseal


def derived_keys(purpose: str) -> list[bytes]:
    """Return keys that only this purpose uses, the oldest first; the last one signs."""
    return sealing.derived_keys(_SCOPE, purpose)


def keyed_hash(purpose: str, value: str) -> bytes:
    """Return the HMAC-SHA-256 of `value` under the key of `purpose`, the same for good."""
    return hmac.new(sealing.derived_key(_SCOPE, purpose), value.encode(), hashlib.sha256).digest()
