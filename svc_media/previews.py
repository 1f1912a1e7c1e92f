"""Fetching what a web page says of itself: SSRF-safe (`plumbing.outgoing`), bounded, and remembered for an hour."""

from __future__ import annotations

import hashlib
import time
from typing import Protocol
from urllib.parse import urldefrag

from contracts.clock import utc_now
from contracts.media import LinkPreviewView, PreviewRefused, PreviewUnavailable
from plumbing import outgoing
from plumbing.cache import CacheAside, Key
from svc_media import metrics
from svc_media.page import read_page

KEPT_S = 3600.0
MAX_BYTES = 512 * 1024
MOST_S = 8.0
_TYPES = ("text/html", "application/xhtml+xml")
_HEADERS = {
    "User-Agent": "CharlaPreview/1 (+link preview)",
    "Accept": ", ".join(_TYPES),
    "Accept-Encoding": "identity",  # nothing to unpack, so nothing that grows
    "Connection": "close",
}


class Pictures(Protocol):
    """Keeps what pages show of themselves."""

    def keep(self, url: str, total_s: float) -> str | None:
        """Return the media that the picture becomes."""


def checked(url: str) -> str:
    """Return an address without its fragment, as far as its text may be called.

    Raises:
        PreviewRefused: It may not.
    """
    address = urldefrag(url.strip()).url
    try:
        outgoing.parse(address)
    except outgoing.OutgoingRefused as error:
        raise PreviewRefused(reason=error.reason) from None
    return address


def preview(cache: CacheAside, pictures: Pictures, url: str, total_s: float) -> LinkPreviewView:
    """Return the preview of a page; whoever asks at the same time shares one fetch.

    Raises:
        PreviewRefused: The page, or where it leads to, is not one that may be called.
        PreviewUnavailable: It does not answer in `total_s` seconds, or says nothing of itself.
    """
    key = Key.public("page", hashlib.sha256(url.encode()).hexdigest())
    view: LinkPreviewView | None = cache.get_or_load(key, KEPT_S, lambda: _fetch(url, total_s, pictures))
    metrics.PREVIEWS.labels("shown" if view else "nothing").inc()
    if view is None:
        raise PreviewUnavailable
    return view


def _fetch(url: str, total_s: float, pictures: Pictures) -> LinkPreviewView | None:
    ends = time.monotonic() + total_s
    limits = outgoing.Limits(total_s=max(0.1, min(total_s, MOST_S)), max_bytes=MAX_BYTES, redirects=3, cut=True)
    try:
        answer = outgoing.request("GET", url, headers=_HEADERS, limits=limits)
    except outgoing.OutgoingRefused as error:
        metrics.PREVIEWS.labels("refused").inc()
        raise PreviewRefused(reason=error.reason) from None
    except outgoing.OutgoingFailed as error:
        metrics.PREVIEWS.labels("failed").inc()
        raise PreviewUnavailable(reason=error.reason) from None
    view = _view(url, answer)
    if view and view["picture_url"]:
        view["picture_media_id"] = pictures.keep(view["picture_url"], ends - time.monotonic())
    return view


def _view(url: str, answer: outgoing.Answer) -> LinkPreviewView | None:
    content_type = answer.headers.get("content-type", "")
    is_page = content_type.partition(";")[0].strip().lower() in _TYPES
    if answer.status != 200 or not is_page or answer.headers.get("content-encoding", "identity") != "identity":
        return None
    page = read_page(answer.body, content_type, answer.url)
    if page is None:
        return None
    return {
        "url": url,
        "title": page.title,
        "description": page.description,
        "site_name": page.site_name,
        "picture_url": page.picture_url,
        "picture_media_id": None,
        "fetched_at": utc_now(),
    }
