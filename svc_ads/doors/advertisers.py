"""Who pays for campaigns, and how they appear."""

from __future__ import annotations

from datetime import UTC, datetime

from contracts.ads import AdsImpossible, AdvertiserView
from contracts.subscriptions import ChannelRoleTooLow
from plumbing import checks
from plumbing.rpc import rpc
from svc_ads import ad_checks
from svc_ads.actions import advertisers
from svc_ads.doors.base import Door
from svc_ads.views import advertiser_view


class Advertisers(Door):
    """One's own account as an advertiser; moderators may suspend it."""

    @rpc
    def get_advertiser(self) -> AdvertiserView:
        """Return the caller's account."""
        me = self.me()
        with self.db.reading() as session:
            return advertiser_view(advertisers.find(session, me))

    @rpc
    def set_advertiser(self, *, name: str, website: str | None = None, channel_id: str | None = None) -> AdvertiserView:
        """Become an advertiser, or appear otherwise from now on."""
        me, name = self.me(), ad_checks.a_title(name, "name")
        address = ad_checks.an_optional_url(website, "website")
        channel = checks.an_optional_id(channel_id, "channel_id")
        if channel is not None:
            self._demand_own_brand(channel)
        now = datetime.now(UTC)
        return self.write(lambda session: advertiser_view(advertisers.save(session, me, name, address, channel, now)))

    @rpc
    def suspend_advertiser(self, *, user_id: str, suspended: bool) -> None:
        """Stop all campaigns of an advertiser, or let them go on; for the platform's moderators."""
        self.moderator()
        user_id, suspended = checks.an_id(user_id, "user_id"), checks.a_flag(suspended, "suspended")
        now = datetime.now(UTC)
        self.write(lambda session: advertisers.suspend(session, user_id, suspended=suspended, now=now))

    def _demand_own_brand(self, channel_id: str) -> None:
        """Demand a public channel that the caller owns.

        Raises:
            NotFound: They may not know it.
            ChannelRoleTooLow: They do not own it.
            AdsImpossible: It is not public.
        """
        channel = self.subscriptions.get_channel(channel_id=channel_id)
        if not channel["subscription"] or channel["subscription"]["role"] != "owner":
            raise ChannelRoleTooLow
        if channel["visibility"] != "public":
            raise AdsImpossible
