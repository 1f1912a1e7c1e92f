"""Links by which a browser reads bytes without a token in a header."""

from __future__ import annotations

from contracts.media import MAX_ASKED, LinkView
from plumbing import checks
from plumbing.rpc import rpc
from svc_media import links
from svc_media.doors.base import Door


class Links(Door):
    """Signed, expiring links, each for whoever asked for it."""

    @rpc
    def sign_link(self, *, media_id: str, download: bool = False) -> LinkView:
        """Return a link to a media that one may read."""
        me, media_id = self.me(), checks.an_id(media_id, "media_id")
        download = checks.a_flag(download, "download")
        self.access().demand(me, media_id)
        return links.sign(media_id, me, download=download)

    @rpc
    def sign_links(self, *, media_ids: list[str]) -> list[LinkView]:
        """Return links to those of the media that one may read, in their order."""
        me, asked = self.me(), checks.ids(media_ids, "media_ids", MAX_ASKED)
        readable = self.access().readable(me, asked)
        return [links.sign(each, me) for each in asked if each in readable]
