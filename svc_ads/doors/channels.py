"""What owners say about ads in their channels, and which campaigns they let in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal, cast

from contracts.ads import ApprovalStatus, ApprovalView, ChannelAdsView
from contracts.base import Page
from contracts.subscriptions import ChannelRoleTooLow
from plumbing import checks
from plumbing.rpc import rpc
from svc_ads import ad_checks
from svc_ads.actions import approvals, channels
from svc_ads.actions.channels import MAX_BLOCKED, ChannelSettings
from svc_ads.doors.base import Door

MAX_PAGE = 100


class Channels(Door):
    """For owners of channels alone; svc_subscriptions says who they are."""

    @rpc
    def get_channel_ads(self, *, channel_id: str) -> ChannelAdsView:
        """Return what is said about ads in a channel."""
        channel = self.own_channel(channel_id)
        with self.db.reading() as session:
            return channels.view(session, channel)

    @rpc
    def set_channel_ads(
        self,
        *,
        channel_id: str,
        enabled: bool | None = None,
        approve_first: bool | None = None,
        blocked_categories: list[str] | None = None,
        blocked_advertisers: list[str] | None = None,
    ) -> ChannelAdsView:
        """Say something about ads in a channel; what is not given stays as it is."""
        changes: dict[str, Any] = {}
        if enabled is not None:
            changes["enabled"] = checks.a_flag(enabled, "enabled")
        if approve_first is not None:
            changes["approve_first"] = checks.a_flag(approve_first, "approve_first")
        if blocked_categories is not None:
            changes["blocked_categories"] = ad_checks.categories(blocked_categories, "blocked_categories")
        if blocked_advertisers is not None:
            changes["blocked_advertisers"] = checks.ids(blocked_advertisers, "blocked_advertisers", MAX_BLOCKED)
        channel, now = self.own_channel(channel_id), datetime.now(UTC)
        self.write(lambda session: channels.set_up(session, channel, cast(ChannelSettings, changes), now))
        with self.db.reading() as session:
            return channels.view(session, channel)

    @rpc
    def list_approvals(
        self, *, channel_id: str, status: ApprovalStatus = "pending", limit: int = 50, after: str | None = None
    ) -> Page[ApprovalView]:
        """Return the campaigns that asked a channel, the newest first."""
        limit, wanted = checks.a_limit(limit, MAX_PAGE), checks.one_of(status, "status", _STATES)
        cursor = checks.from_cursor(after, str)
        before = checks.an_id(cursor[0], "after") if cursor else None
        channel = self.own_channel(channel_id)
        with self.db.reading() as session:
            found = approvals.list_of(session, channel["id"], wanted, limit + 1, before)
            items = approvals.approval_views(session, found[:limit])
        return {"items": items, "next": checks.to_cursor(items[-1]["campaign_id"]) if len(found) > limit else None}

    @rpc
    def decide_approval(
        self, *, channel_id: str, campaign_id: str, status: Literal["approved", "refused"]
    ) -> ApprovalView:
        """Let a campaign into a channel, or not."""
        campaign_id, verdict = checks.an_id(campaign_id, "campaign_id"), checks.one_of(status, "status", _STATES[1:])
        channel, now = self.own_channel(channel_id), datetime.now(UTC)
        self.write(lambda session: approvals.decide(session, channel["id"], campaign_id, verdict, now))
        with self.db.reading() as session:
            return approvals.approval_views(session, [approvals.get(session, channel["id"], campaign_id)])[0]

    def own_channel(self, channel_id: object) -> dict[str, Any]:
        """Return a channel that the caller owns; outside any transaction.

        Raises:
            NotFound: They may not know it, or there is none.
            ChannelRoleTooLow: They may, and do not own it.
        """
        self.me()
        channel: dict[str, Any] = self.subscriptions.get_channel(channel_id=checks.an_id(channel_id, "channel_id"))
        if not channel["subscription"] or channel["subscription"]["role"] != "owner":
            raise ChannelRoleTooLow
        return channel


_STATES = ("pending", "approved", "refused")
