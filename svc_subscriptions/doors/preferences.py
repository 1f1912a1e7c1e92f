"""How a person wants to hear of things."""

from __future__ import annotations

from typing import Any

from contracts.subscriptions import PreferencesView
from plumbing import checks
from plumbing.rpc import ServiceRpc, rpc
from svc_subscriptions.actions import preferences, unsubscribing
from svc_subscriptions.doors.base import Door

MAX_TOKEN = 1_000


class Preferences(Door):
    """Preferences, and the way out of mails."""

    auth: Any = ServiceRpc("auth")

    @rpc
    def get_preferences(self) -> PreferencesView:
        """Return one's preferences."""
        me = self.me()
        with self.db.reading() as session:
            return preferences.get(session, me)

    @rpc
    def update_preferences(self, *, changes: dict[str, Any]) -> PreferencesView:
        """Change some of one's preferences; digests go to the address that one has verified at auth."""
        me, wanted = self.me(), preferences.checked(changes)
        if preferences.needs_address(wanted):
            account = self.auth.get_me()
            verified = account["email"] if account["email_verified"] else None
            wanted = preferences.with_address(wanted, verified, account["locale"])
        return self.write(lambda session: preferences.change(session, me, wanted))

    @rpc
    def unsubscribe_by_link(self, *, token: str) -> None:
        """End the digests of whom the link in a mail was made for; nobody needs to be signed in."""
        signed = checks.a_text(token, "token", MAX_TOKEN)
        self.write(lambda session: unsubscribing.unsubscribe(session, signed))
