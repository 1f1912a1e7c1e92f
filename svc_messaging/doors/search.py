"""Search in one's own conversations."""

from __future__ import annotations

from contracts.base import Page
from contracts.messaging import MessageView
from plumbing import checks
from plumbing.rpc import rpc
from svc_messaging import views
from svc_messaging.actions import searching
from svc_messaging.doors.base import Door


class Search(Door):
    """Finding messages by their words."""

    @rpc
    def search_messages(
        self, *, query: str, conversation_id: str | None = None, limit: int = 20, after: str | None = None
    ) -> Page[MessageView]:
        """Return messages that match `query`, the latest first."""
        me, conversation_id = self.me(), checks.an_optional_id(conversation_id, "conversation_id")
        query, limit = checks.a_text(query, "query", searching.MAX_QUERY), checks.a_limit(limit, 100)
        place = checks.from_cursor(after, str)
        start = checks.an_id(place[0], "after") if place else None
        with self.db.reading() as session:
            found = searching.search_messages(session, me, query, conversation_id, limit + 1, start)
            items = views.message_views(session, found[:limit], me)
        return {"items": items, "next": checks.to_cursor(items[-1]["id"]) if len(found) > limit else None}
