"""Channels: beginning, finding and setting them up."""

from __future__ import annotations

from typing import Any

from contracts.base import Forbidden, Page
from contracts.subscriptions import ChannelView, StatsView, Visibility
from plumbing import checks
from plumbing.idempotency import once
from plumbing.rpc import rpc
from svc_subscriptions import channel_checks
from svc_subscriptions.actions import channels, searching, statistics
from svc_subscriptions.channel_views import channel_view
from svc_subscriptions.doors.base import Door

MAX_DAYS = 366
MAX_QUERY = 200


class Channels(Door):
    """What a channel is, to those who may know it."""

    @rpc
    def create_channel(
        self,
        *,
        title: str,
        visibility: Visibility,
        handle: str | None = None,
        description: str = "",
        topics: list[str] | None = None,
        language: str = "en",
        picture: str | None = None,
    ) -> ChannelView:
        """Begin a channel of one's own; once for each Idempotency-Key."""
        me = self.me()
        facts = channel_checks.channel_facts(
            {
                "title": title,
                "visibility": visibility,
                "handle": handle,
                "description": description,
                "topics": topics or [],
                "language": language,
                "picture": picture,
            }
        )
        request = ["create_channel", facts]
        channel_id = self.write(
            lambda session: once(session, me, request, lambda: channels.create_channel(session, me, facts))
        )
        return self._show(channel_id, me)

    @rpc
    def get_channel(self, *, channel_id: str) -> ChannelView:
        """Return a channel."""
        return self._show(checks.an_id(channel_id, "channel_id"), self.me())

    @rpc
    def find_channel_by_handle(self, *, handle: str) -> ChannelView:
        """Return the channel of a handle."""
        me, handle = self.me(), channel_checks.a_handle(handle)
        with self.db.reading() as session:
            return channel_view(channels.get_place_by_handle(session, handle, me))

    @rpc
    def search_channels(
        self,
        *,
        query: str = "",
        topic: str | None = None,
        language: str | None = None,
        limit: int = 20,
        after: str | None = None,
    ) -> Page[ChannelView]:
        """Return public channels, those that are closest to `query` and most followed first."""
        me, limit, place = self.me(), checks.a_limit(limit, 100), checks.from_cursor(after, int, int, str)
        query = checks.a_text(query, "query", MAX_QUERY)
        asked_topic = None if topic is None else channel_checks.a_topic(topic)
        asked_language = None if language is None else channel_checks.a_language(language)
        if place is not None:
            place = [
                checks.a_number(place[0], "after"),
                checks.a_number(place[1], "after"),
                checks.an_id(place[2], "after"),
            ]
        with self.db.reading() as session:
            found = searching.search_channels(session, me, query, asked_topic, asked_language, limit + 1, place)
        more = len(found) > limit
        items = [channel_view(row) for row, _ in found[:limit]]
        return {"items": items, "next": checks.to_cursor(*found[limit - 1][1]) if more else None}

    @rpc
    def list_my_channels(self, *, limit: int = 100, after: str | None = None) -> Page[ChannelView]:
        """Return the channels that one follows."""
        me, limit, place = self.me(), checks.a_limit(limit, 500), checks.from_cursor(after, str)
        start = checks.an_id(place[0], "after") if place else None
        with self.db.reading() as session:
            found = channels.list_places(session, me, limit + 1, start)
        items = [channel_view(row) for row in found[:limit]]
        return {"items": items, "next": checks.to_cursor(items[-1]["id"]) if len(found) > limit else None}

    @rpc
    def update_channel(self, *, channel_id: str, changes: dict[str, Any]) -> ChannelView:
        """Change title, description, topics, language, picture; as its owner handle and visibility too."""
        me, channel_id = self.me(), checks.an_id(channel_id, "channel_id")
        facts = channel_checks.channel_facts(changes)
        self.write(lambda session: channels.update_channel(session, channel_id, me, facts))
        return self._show(channel_id, me)

    @rpc
    def delete_channel(self, *, channel_id: str) -> None:
        """End one's own channel for everybody."""
        me, channel_id = self.me(), checks.an_id(channel_id, "channel_id")
        self.write(lambda session: channels.delete_channel(session, channel_id, me))

    @rpc
    def set_verified(self, *, channel_id: str, verified: bool) -> ChannelView:
        """Give a channel the platform's mark, or take it; for the platform's admins."""
        who = self.caller.user()
        channel_id, verified = checks.an_id(channel_id, "channel_id"), checks.a_flag(verified, "verified")
        if "admin" not in who.roles:
            raise Forbidden
        self.write(lambda session: channels.set_verified(session, channel_id, verified=verified))
        with self.db.reading() as session:
            return channel_view(channels.get_place_unchecked(session, channel_id, who.user_id))

    @rpc
    def get_channel_stats(self, *, channel_id: str, days: int = 30) -> StatsView:
        """Return followers, reach and reads of the last days, for the channel's team."""
        me, channel_id = self.me(), checks.an_id(channel_id, "channel_id")
        days = checks.a_number(days, "days", 1, MAX_DAYS)
        with self.db.reading() as session:
            return statistics.channel_stats(session, channel_id, me, days)

    def _show(self, channel_id: str, user_id: str) -> ChannelView:
        with self.db.reading() as session:
            return channel_view(channels.get_place(session, channel_id, user_id))
