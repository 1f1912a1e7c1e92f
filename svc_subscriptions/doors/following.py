"""Following channels, and the people of a channel."""

from __future__ import annotations

from typing import cast

from contracts.base import Page
from contracts.subscriptions import ChannelRole, FollowerView, Level, SubscriptionView
from plumbing import checks
from plumbing.rpc import rpc
from svc_subscriptions.actions import following, team
from svc_subscriptions.actions.access import RANKS
from svc_subscriptions.channel_views import follower_view, subscription_view
from svc_subscriptions.doors.base import Door

LEVELS = ("all", "mentions", "silent")


class Following(Door):
    """Who follows what, how, and in which role."""

    @rpc
    def subscribe(self, *, channel_id: str, level: Level = "all", muted_until: str | None = None) -> SubscriptionView:
        """Follow a public channel, or change how one follows a channel."""
        me, channel_id = self.me(), checks.an_id(channel_id, "channel_id")
        wanted = cast(Level, checks.one_of(level, "level", LEVELS))
        until = None if muted_until is None else checks.a_moment(muted_until, "muted_until")
        return self.write(
            lambda session: subscription_view(following.subscribe(session, channel_id, me, wanted, until))
        )

    @rpc
    def unsubscribe(self, *, channel_id: str) -> None:
        """Stop following a channel."""
        me, channel_id = self.me(), checks.an_id(channel_id, "channel_id")
        self.write(lambda session: following.unsubscribe(session, channel_id, me))

    @rpc
    def list_followers(
        self, *, channel_id: str, role: ChannelRole | None = None, limit: int = 100, after: str | None = None
    ) -> Page[FollowerView]:
        """Return followers by their ids, for the channel's team."""
        me, channel_id, limit = self.me(), checks.an_id(channel_id, "channel_id"), checks.a_limit(limit, 500)
        wanted = None if role is None else cast(ChannelRole, checks.one_of(role, "role", RANKS))
        place = checks.from_cursor(after, str)
        start = checks.an_id(place[0], "after") if place else None
        with self.db.reading() as session:
            found = team.list_followers(session, channel_id, me, wanted, limit + 1, start)
            items = [follower_view(row) for row in found[:limit]]
        return {"items": items, "next": checks.to_cursor(items[-1]["user_id"]) if len(found) > limit else None}

    @rpc
    def set_channel_role(self, *, channel_id: str, user_id: str, role: ChannelRole) -> FollowerView:
        """Give a follower another role."""
        me, channel_id, person = self.me(), checks.an_id(channel_id, "channel_id"), checks.an_id(user_id, "user_id")
        wanted = cast(ChannelRole, checks.one_of(role, "role", RANKS))
        return self.write(lambda session: follower_view(team.set_role(session, channel_id, me, person, wanted)))

    @rpc
    def remove_follower(self, *, channel_id: str, user_id: str) -> None:
        """Remove somebody of a lower role."""
        me, channel_id, person = self.me(), checks.an_id(channel_id, "channel_id"), checks.an_id(user_id, "user_id")
        self.write(lambda session: team.remove_follower(session, channel_id, me, person))
