"""Conditional requests (RFC 9110, 13), for one representation with a strong ETag and a date."""

from __future__ import annotations

import re
from datetime import datetime
from email.utils import parsedate_to_datetime

from svc_media.door.http import Request
from svc_media.door.refusals import PreconditionFailed

_TAG = re.compile(r'(W/)?"[\x21\x23-\x7e\x80-\xff]*"')


def is_unchanged(request: Request, etag: str, changed_at: datetime) -> bool:
    """Tell whether the client has this already (304).

    Raises:
        PreconditionFailed: It wants another one.
    """
    _demand_match(request, etag, changed_at)
    none_match = request.header("If-None-Match")
    if none_match is not None:
        return none_match.strip() == "*" or etag in _tags(none_match, weak=True)
    since = _moment(request.header("If-Modified-Since"))
    return since is not None and changed_at.replace(microsecond=0) <= since


def takes_range(request: Request, etag: str, changed_at: datetime) -> bool:
    """Tell whether If-Range lets a range be served, and not the whole."""
    wanted = request.header("If-Range")
    if wanted is None:
        return True
    if '"' in wanted:
        return wanted.strip() == etag
    return _moment(wanted) == changed_at.replace(microsecond=0)


def has_preconditions(request: Request) -> bool:
    """Tell whether it asks for If-Match or If-Unmodified-Since."""
    return request.header("If-Match") is not None or request.header("If-Unmodified-Since") is not None


def _demand_match(request: Request, etag: str, changed_at: datetime) -> None:
    match = request.header("If-Match")
    if match is not None:
        if match.strip() != "*" and etag not in _tags(match, weak=False):
            raise PreconditionFailed
        return
    since = _moment(request.header("If-Unmodified-Since"))
    if since is not None and changed_at.replace(microsecond=0) > since:
        raise PreconditionFailed


def _tags(header: str, *, weak: bool) -> set[str]:
    """Return the tags of a list; weak ones without their mark, or not at all."""
    found = (match.group() for match in _TAG.finditer(header))
    return {tag.removeprefix("W/") for tag in found if weak or not tag.startswith("W/")}


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return moment if moment.tzinfo is not None else None
