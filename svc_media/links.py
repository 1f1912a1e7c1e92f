"""Signed, expiring links. Each is for one person: whoever verifies it still asks whether they may read.

So a link that was passed on, or outlived the reader's membership, opens nothing that its person may not see.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from itsdangerous import BadData, URLSafeTimedSerializer

from contracts.media import ORIGINAL, LinkInvalid, LinkView
from plumbing.sealing import derived_keys
from svc_media.options import options

_SHOW, _SAVE, _COPY = "media.show", "media.save", "media.copy"
#: A link in somebody's copy of their data lives as long as that copy is kept.
COPY_LIFE_S = 7 * 24 * 3600
_MAX_TOKEN = 400


@dataclass(frozen=True, slots=True)
class Claims:
    """What a link says: who may read what with it, and whether a browser shows or saves it."""

    media_id: str
    user_id: str
    download: bool


@cache
def _signer(purpose: str) -> URLSafeTimedSerializer:
    # The keys differ by purpose, and so does the salt within each: a token of one is none of the other.
    return URLSafeTimedSerializer(derived_keys("media", purpose), salt=purpose)


def sign(media_id: str, user_id: str, *, download: bool = False) -> LinkView:
    """Return a link by which `user_id` reads every variant of a media."""
    token = _signer(_SAVE if download else _SHOW).dumps([media_id, user_id])
    expires_at = datetime.fromtimestamp(int(time.time()) + options().link_ttl_s, UTC)
    return {
        "media_id": media_id,
        "url": f"{options().url}/media/{media_id}/{ORIGINAL}?t={token}",
        "token": token,
        "expires_at": expires_at.isoformat().replace("+00:00", "Z"),
    }


def sign_copy(media_id: str, user_id: str) -> str:
    """Return the address by which the owner saves a media that is listed in their copy of their data."""
    token = _signer(_COPY).dumps([media_id, user_id])
    return f"{options().url}/media/{media_id}/{ORIGINAL}?t={token}"


def read(token: str) -> Claims:
    """Return what a link's token says.

    Raises:
        LinkInvalid: It is not one of ours, or its time is over.
    """
    if len(token) > _MAX_TOKEN:
        raise LinkInvalid
    lives = {_SHOW: options().link_ttl_s, _SAVE: options().link_ttl_s, _COPY: COPY_LIFE_S}
    for purpose, life_s in lives.items():
        try:
            media_id, user_id = _signer(purpose).loads(token, max_age=life_s)
        except (BadData, ValueError):
            continue
        return Claims(media_id, user_id, download=purpose != _SHOW)
    raise LinkInvalid
