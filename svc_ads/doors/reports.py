"""What campaigns did, and what ads did in channels."""

from __future__ import annotations

from contracts.ads import CampaignReportView, ChannelAdStatsView
from plumbing import checks
from plumbing.rpc import rpc
from svc_ads import ad_checks
from svc_ads.actions import campaigns, reports
from svc_ads.doors.channels import Channels
from svc_ads.models import Campaign


class Reports(Channels):
    """For advertisers and for owners of channels; nothing here says who saw an ad."""

    @rpc
    def get_campaign_report(self, *, campaign_id: str, since: str, until: str) -> CampaignReportView:
        """Return what one's campaign did from day to day."""
        return self._report(campaign_id, since, until)[1]

    @rpc
    def get_campaign_csv(self, *, campaign_id: str, since: str, until: str) -> dict[str, str]:
        """Return that as a CSV file: `{name, body}`."""
        campaign, report = self._report(campaign_id, since, until)
        name = f"charla-campaign-{campaign.campaign_id}-{since}-{until}.csv"
        return {"name": name, "body": reports.campaign_csv(report, campaign.title)}

    @rpc
    def get_channel_ad_stats(self, *, channel_id: str, since: str, until: str) -> ChannelAdStatsView:
        """Return what ads did in one's channel, and what that earned."""
        first, last = ad_checks.a_span(since, until)
        channel = self.own_channel(channel_id)
        with self.db.reading() as session:
            return reports.channel_stats(session, channel["id"], first, last)

    def _report(self, campaign_id: object, since: object, until: object) -> tuple[Campaign, CampaignReportView]:
        me, which = self.me(), checks.an_id(campaign_id, "campaign_id")
        first, last = ad_checks.a_span(since, until)
        with self.db.reading() as session:
            campaign = campaigns.find(session, which, me)
            return campaign, reports.campaign_report(session, campaign, first, last)
