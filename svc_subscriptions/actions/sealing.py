"""What subscriptions' keys are for: keeping webhooks' secrets and invitations' codes, signing links in mails."""

from __future__ import annotations

from plumbing import sealing

_SCOPE = "charla-subscriptions"
_box = sealing.Box(_SCOPE, "webhook secrets")

seal = _box.seal
unseal = _box.unseal

#: Locks a new invitation's code in the note about the call that made it, for whoever repeats the call.
invite_codes = sealing.Box(_SCOPE, "invitation codes")


def derived_keys(purpose: str) -> list[bytes]:
    """Return keys that only this purpose uses, the oldest first; the last one signs."""
    return sealing.derived_keys(_SCOPE, purpose)
