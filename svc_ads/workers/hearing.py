"""The worker's ears: public channels, posts that announce campaigns, and who pays for seeing no ads."""

from __future__ import annotations

from datetime import UTC, datetime

from contracts.payments import EntitlementChanged
from contracts.subscriptions import AdPostPublished, PublicChannelChanged, PublicChannelView
from plumbing.doors import Writing
from plumbing.observer import observes
from svc_ads.actions import announced, channels, preferences


class Hearing(Writing):
    """Observers. The newest version counts, however often and in whatever order they are told."""

    @observes(PublicChannelChanged)
    def on_public_channel_changed(self, event: PublicChannelChanged) -> None:
        """Take up what everybody may know of a channel."""
        told: PublicChannelView = {
            "channel_id": event.channel_id,
            "version": event.version,
            "listed": event.listed,
            "owner_id": event.owner_id,
            "topics": event.topics,
            "language": event.language,
        }
        self.write(lambda session: channels.hear(session, told))

    @observes(AdPostPublished)
    def on_ad_post_published(self, event: AdPostPublished) -> None:
        """Remember by which post a campaign was announced."""
        self.write(lambda session: announced.keep(session, event.campaign_id, event.post_id))

    @observes(EntitlementChanged, only="ad_free")
    def on_ad_free_changed(self, event: EntitlementChanged) -> None:
        """Take up whether somebody pays for seeing no ads."""
        self.write(lambda session: preferences.hear_ad_free(session, event, datetime.now(UTC)))
