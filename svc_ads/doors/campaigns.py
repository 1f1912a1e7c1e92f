"""Campaigns: making them, changing their terms, and letting them run."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from contracts.ads import CampaignStatus, CampaignView, Pacing, TargetingView
from contracts.base import Page, Unavailable
from plumbing import checks
from plumbing.idempotency import once
from plumbing.logs import get_logger
from plumbing.rpc import rpc
from svc_ads import ad_checks
from svc_ads.actions import advertisers, campaigns, channels, running
from svc_ads.doors.base import Door
from svc_ads.funding import Funding
from svc_ads.models import Campaign
from svc_ads.views import campaign_views

log = get_logger(__name__)

MAX_PAGE = 100
STATES = ("draft", "funding", "active", "paused", "ending", "ended")
_CHANGES = tuple(name for name in ad_checks.CAMPAIGN if name != "currency")


class Campaigns(Door, Funding):
    """One's own campaigns."""

    @rpc
    def create_campaign(
        self,
        *,
        title: str,
        category: str,
        currency: str,
        budget: int,
        bid_cpm: int,
        starts_at: str,
        ends_at: str,
        pacing: Pacing = "even",
        frequency_cap: int = 3,
        targeting: TargetingView | None = None,
        announce: bool = False,
    ) -> CampaignView:
        """Begin a campaign as a draft; once for each Idempotency-Key."""
        me, now = self.me(), datetime.now(UTC)
        given = {
            "title": title, "category": category, "currency": currency, "budget": budget, "bid_cpm": bid_cpm,
            "starts_at": starts_at, "ends_at": ends_at, "pacing": pacing, "frequency_cap": frequency_cap,
            "targeting": targeting, "announce": announce,
        }  # fmt: skip
        facts = ad_checks.campaign_facts(given)
        request = ["create_campaign", given]

        def make(session: Session) -> str:
            ad_checks.demand_order(facts["starts_at"], facts["ends_at"], now)
            return campaigns.create(session, me, facts, now)

        return self._show_campaign(self.write(lambda session: once(session, me, request, lambda: make(session))))

    @rpc
    def update_campaign(self, *, campaign_id: str, changes: dict[str, object]) -> CampaignView:
        """Change a campaign's terms; the budget of one that runs only grows, by setting more aside."""
        me, campaign_id, now = self.me(), checks.an_id(campaign_id, "campaign_id"), datetime.now(UTC)
        facts = ad_checks.campaign_facts(changes, _CHANGES)
        budget = facts.pop("budget") if self._runs(campaign_id) and "budget" in facts else None
        if facts:
            self.write(lambda session: campaigns.update(session, campaign_id, me, facts, now))
        if budget is not None and self.write(lambda session: running.ask_more(session, campaign_id, me, budget, now)):
            self._fund(campaign_id)
        return self._show_campaign(campaign_id)

    @rpc
    def get_campaign(self, *, campaign_id: str) -> CampaignView:
        """Return a campaign."""
        self.me()
        return self._show_campaign(checks.an_id(campaign_id, "campaign_id"))

    @rpc
    def list_campaigns(
        self, *, status: CampaignStatus | None = None, limit: int = 50, after: str | None = None
    ) -> Page[CampaignView]:
        """Return the caller's campaigns, the newest first."""
        me, limit = self.me(), checks.a_limit(limit, MAX_PAGE)
        wanted = None if status is None else checks.one_of(status, "status", STATES)
        cursor = checks.from_cursor(after, str)
        before = checks.an_id(cursor[0], "after") if cursor else None
        with self.db.reading() as session:
            advertiser = advertisers.find(session, me)
            found = campaigns.list_of(session, me, wanted, limit + 1, before)
            items = campaign_views(session, found[:limit], advertiser, datetime.now(UTC))
        return {"items": items, "next": checks.to_cursor(items[-1]["id"]) if len(found) > limit else None}

    @rpc
    def delete_campaign(self, *, campaign_id: str) -> None:
        """Remove a draft."""
        me, campaign_id = self.me(), checks.an_id(campaign_id, "campaign_id")
        self.write(lambda session: campaigns.delete_draft(session, campaign_id, me))

    @rpc
    def start_campaign(self, *, campaign_id: str) -> CampaignView:
        """Set a draft's budget aside and let it run, or let a paused campaign go on."""
        now = datetime.now(UTC)
        found = self._change(campaign_id, lambda session, which, me: running.start(session, which, me, now))
        if self._find(found).status == "funding":
            self._fund(found)
        return self._show_campaign(found)

    @rpc
    def pause_campaign(self, *, campaign_id: str) -> CampaignView:
        """Let a campaign rest."""
        return self._show_campaign(self._change(campaign_id, running.pause))

    @rpc
    def end_campaign(self, *, campaign_id: str) -> CampaignView:
        """End a campaign for good; what is left of its budget comes back."""
        return self._show_campaign(self._change(campaign_id, running.end))

    @rpc
    def estimate_reach(self, *, targeting: TargetingView) -> dict[str, int]:
        """Return in how many public channels with advertising a campaign could be shown."""
        self.me()
        rules = ad_checks.targeting(targeting)
        with self.db.reading() as session:
            return {"channels": channels.count_reached(session, rules["channel_topics"])}

    def _change(self, campaign_id: str, work: Callable[[Session, str, str], None]) -> str:
        me, which = self.me(), checks.an_id(campaign_id, "campaign_id")
        self.write(lambda session: work(session, which, me))
        return which

    def _fund(self, campaign_id: str) -> None:
        """Have the budget set aside now, or, where the ledger does not answer, by the worker in a moment."""
        try:
            self.set_aside(self._find(campaign_id))
        except Unavailable as error:
            log.warning("budget_waits", campaign_id=campaign_id, code=error.code)

    def _find(self, campaign_id: str) -> Campaign:
        with self.db.reading() as session:
            return campaigns.find(session, campaign_id, self.me())

    def _runs(self, campaign_id: str) -> bool:
        return self._find(campaign_id).status in running.LIVE

    def _show_campaign(self, campaign_id: Any) -> CampaignView:
        me = self.me()
        with self.db.reading() as session:
            row = campaigns.find(session, campaign_id, me)
            return campaign_views(session, [row], advertisers.find(session, me), datetime.now(UTC))[0]
