"""Reactions of people to messages."""

from __future__ import annotations

from contracts.base import Page
from contracts.clock import rfc3339
from contracts.messaging import MessageView
from plumbing import checks
from plumbing.emoji import canonical_emoji
from plumbing.rpc import rpc
from svc_messaging import views
from svc_messaging.actions import reactions
from svc_messaging.doors.base import Door


class Reactions(Door):
    """One emoji of one person on one message."""

    @rpc
    def add_reaction(self, *, message_id: str, emoji: str) -> MessageView:
        """Put an emoji on a message."""
        return self._react(message_id, emoji, added=True)

    @rpc
    def remove_reaction(self, *, message_id: str, emoji: str) -> MessageView:
        """Take one's own emoji off a message."""
        return self._react(message_id, emoji, added=False)

    @rpc
    def list_reactions(self, *, message_id: str, limit: int = 100, after: str | None = None) -> Page[dict[str, str]]:
        """Return who reacted with what, by person."""
        me, message_id = self.me(), checks.an_id(message_id, "message_id")
        limit, place = checks.a_limit(limit), checks.from_cursor(after, str, str)
        start = (checks.an_id(place[0], "after"), checks.a_text(place[1], "after", 100)) if place else None
        with self.db.reading() as session:
            found = reactions.list_reactions(session, me, message_id, limit + 1, start)
        items = [
            {"user_id": each.user_id, "emoji": each.emoji, "created_at": rfc3339(each.created_at)}
            for each in found[:limit]
        ]
        more = len(found) > limit
        return {"items": items, "next": checks.to_cursor(items[-1]["user_id"], items[-1]["emoji"]) if more else None}

    def _react(self, message_id: str, emoji: str, *, added: bool) -> MessageView:
        me, message_id = self.me(), checks.an_id(message_id, "message_id")
        wanted = canonical_emoji(checks.a_text(emoji, "emoji", 100))
        change = reactions.add_reaction if added else reactions.remove_reaction
        return self.write(
            lambda session: views.message_views(session, [change(session, me, message_id, wanted)], me)[0]
        )
