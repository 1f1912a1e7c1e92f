"""The worker's ears for advertising: campaigns that are announced, and owners who are asked."""

from __future__ import annotations

from contracts.ads import AdApprovalAsked, CampaignPublished
from plumbing.observer import observes
from svc_subscriptions.actions.announcing import announce
from svc_subscriptions.workers.listening import Listening


class Advertising(Listening):
    """Observes svc_ads."""

    @observes(CampaignPublished)
    def on_campaign_published(self, event: CampaignPublished) -> None:
        """Tell the followers of a brand's channel of a campaign, once, where its advertiser wishes it."""
        channel_id = event.channel_id
        if event.announce and channel_id is not None:
            self.write(lambda session: announce(session, event, channel_id))

    @observes(AdApprovalAsked)
    def on_ad_approval_asked(self, event: AdApprovalAsked) -> None:
        """Tell an owner that a campaign waits for their word."""
        self.tell(
            event, [event.owner_id], "ad_approval", channel_id=event.channel_id, campaign_id=event.campaign_id,
            advertiser=event.advertiser,
        )  # fmt: skip
