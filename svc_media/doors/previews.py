"""Previews of web pages that people link to."""

from __future__ import annotations

from typing import Any

from contracts.media import LinkPreviewView
from plumbing import checks
from plumbing.addresses import MAX_URL
from plumbing.cache import Cache
from plumbing.context import current_call
from plumbing.rpc import rpc
from svc_media import previews
from svc_media.doors.base import Door
from svc_media.preview_pictures import PreviewPictures
from svc_media.providers import Files

#: Left for the answer's way back, in seconds.
_WAY_BACK_S = 0.3


class Previews(Door):
    """What a page says of itself, fetched by the one module that may call the outside."""

    cache: Any = Cache("media")
    files: Any = Files()

    @rpc
    def preview_link(self, *, url: str) -> LinkPreviewView:
        """Return a preview of a page, as it was within the last hour."""
        self.me()
        address = previews.checked(checks.a_text(url, "url", MAX_URL, 1))
        pictures = PreviewPictures(self.db, self.push, self.files)
        return previews.preview(self.cache, pictures, address, current_call().remaining_s() - _WAY_BACK_S)
