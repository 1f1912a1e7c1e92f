"""The worker's ear for advertising: what it earned is shared out, once for each settlement."""

from __future__ import annotations

from contracts.ads import AdRevenueSettled
from plumbing.doors import Writing
from plumbing.observer import observes
from svc_payments.actions import ad_revenue


class Sharing(Writing):
    """Observes svc_ads."""

    @observes(AdRevenueSettled)
    def on_ad_revenue_settled(self, event: AdRevenueSettled) -> None:
        """Share a settlement between the channel's owner and the platform; told again it changes nothing."""
        self.write(lambda session: ad_revenue.share(session, event))
