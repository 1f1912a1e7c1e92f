"""Media as their readers see them."""

from __future__ import annotations

from contracts.base import Forbidden, Page
from contracts.media import KINDS, MAX_ASKED, MediaKind, MediaView
from plumbing import checks
from plumbing.rpc import rpc
from svc_media import views
from svc_media.actions import reading
from svc_media.doors.base import Door

#: Services that have seen to it themselves that whoever they show media to may read them.
TRUSTED = ("messaging", "subscriptions", "payments", "ads")


class Reading(Door):
    """Looking at media."""

    @rpc
    def get_media(self, *, media_id: str) -> MediaView:
        """Return one media that one may read."""
        me, media_id = self.me(), checks.an_id(media_id, "media_id")
        self.access().demand(me, media_id)
        with self.db.reading() as session:
            return views.media_view(session, reading.find(session, media_id))

    @rpc
    def get_many(self, *, media_ids: list[str]) -> list[MediaView]:
        """Return those of the media that exist and that the caller may read, in their order."""
        reader = self._reader()
        asked: list[str] | set[str] = checks.ids(media_ids, "media_ids", MAX_ASKED)
        allowed = self.access().readable(reader, asked) if reader else set(asked)
        with self.db.reading() as session:
            shown = [each for each in asked if each in allowed]
            return views.media_views(session, reading.find_many(session, shown))

    @rpc
    def list_my_media(
        self, *, limit: int = 50, after: str | None = None, kind: MediaKind | None = None
    ) -> Page[MediaView]:
        """Return one's own media, the newest first."""
        me, limit = self.me(), checks.a_limit(limit, MAX_ASKED)
        wanted = None if kind is None else checks.one_of(kind, "kind", KINDS)
        cursor = checks.from_cursor(after, str)
        before = checks.an_id(cursor[0], "after") if cursor else None
        with self.db.reading() as session:
            found = reading.list_of(session, me, wanted, limit + 1, before)
            items = views.media_views(session, found[:limit])
        return {"items": items, "next": checks.to_cursor(items[-1]["id"]) if len(found) > limit else None}

    def _reader(self) -> str | None:
        """Return the person who calls, or None for a service that is trusted."""
        try:
            self.caller.service(*TRUSTED)
        except Forbidden:
            return self.me()
        return None
