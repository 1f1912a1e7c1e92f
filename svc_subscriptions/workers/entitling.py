"""The worker's ears for what people pay for: who may read what, and which channels sell access."""

from __future__ import annotations

from contracts.payments import EntitlementChanged, PlansChanged
from plumbing.observer import observes
from svc_subscriptions.actions import entitlements
from svc_subscriptions.commenting import Commenting


class Entitling(Commenting):
    """Observers. The newest version counts, however often and in whatever order they are told."""

    @observes(EntitlementChanged, only="channel")
    def on_channel_entitlement_changed(self, event: EntitlementChanged) -> None:
        """Open a channel's paid posts to somebody, or close them."""
        self._hear(event)

    @observes(EntitlementChanged, only="post")
    def on_post_entitlement_changed(self, event: EntitlementChanged) -> None:
        """Open a post to somebody, or close it."""
        self._hear(event)

    @observes(PlansChanged)
    def on_plans_changed(self, event: PlansChanged) -> None:
        """Note whether a channel sells access."""
        self.write(lambda session: entitlements.hear_plans(session, event))

    def _hear(self, event: EntitlementChanged) -> None:
        self.write(lambda session: entitlements.hear_entitlement(session, event))
        # By what is known now, and again where this process died in between.
        self.leave_closed(event.user_id, event.subject_kind, event.subject_id)
