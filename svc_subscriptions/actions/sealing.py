"""What subscriptions' keys are for: keeping webhooks' secrets, and signing links in mails."""

from __future__ import annotations

from plumbing import sealing

_SCOPE = "charla-subscriptions"
_box = sealing.Box(_SCOPE, "webhook secrets")

seal = _box.seal
unseal = _box.unseal


def derived_key(purpose: str) -> bytes:
    """Return 32 bytes that only this purpose uses."""
    return sealing.derived_key(_SCOPE, purpose)
