"""What subscriptions' keys are for: keeping webhooks' secrets and invitations' codes, signing links in mails."""

from __future__ import annotations

from plumbing import sealing

_SCOPE = "charla-subscriptions"
_box = sealing.Box(_SCOPE, "webhook secrets")

seal = _box.seal
unseal = _box.unseal

#: Locks a new invitation's code in the note about the call that made it, for whoever repeats the call.
invite_codes = sealing.Box(_SCOPE, "invitation codes")


def derived_key(purpose: str) -> bytes:
    """Return 32 bytes that only this purpose uses."""
    return sealing.derived_key(_SCOPE, purpose)
