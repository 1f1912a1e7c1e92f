"""What svc_ads asks: what everybody may know of public channels, and topics that somebody follows."""

from __future__ import annotations

from contracts.base import Page
from contracts.subscriptions import PublicChannelView
from plumbing import checks
from plumbing.rpc import rpc
from svc_subscriptions.actions import listing
from svc_subscriptions.doors.base import Door

#: Who may ask.
ASKING = ("ads",)
MAX_ASKED = 500


class Advertising(Door):
    """For svc_ads alone, by its own token. Nothing here says a word of a private channel, or who follows which."""

    @rpc
    def list_public_channels(
        self, *, channel_ids: list[str] | None = None, limit: int = 200, after: str | None = None
    ) -> Page[PublicChannelView]:
        """Return public channels by their ids: all, or those of `channel_ids` that are public."""
        self.caller.service(*ASKING)
        limit = checks.a_limit(limit, MAX_ASKED)
        asked = None if channel_ids is None else checks.ids(channel_ids, "channel_ids", MAX_ASKED)
        cursor = checks.from_cursor(after, str)
        start = checks.an_id(cursor[0], "after") if cursor else None
        with self.db.reading() as session:
            found = listing.list_public(session, asked, limit + 1, start)
        last = found[limit - 1]["channel_id"] if len(found) > limit else None
        return {"items": found[:limit], "next": checks.to_cursor(last) if last else None}

    @rpc
    def list_followed_topics(self, *, user_id: str) -> list[str]:
        """Return the topics of public channels that somebody follows; they have agreed to that at svc_ads."""
        self.caller.service(*ASKING)
        user_id = checks.an_id(user_id, "user_id")
        with self.db.reading() as session:
            return listing.followed_topics(session, user_id)
