"""Who asks: a person by their access token, or the person that a signed link was made for."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.auth import SessionEnded
from contracts.base import Unauthenticated
from contracts.media import LinkInvalid
from plumbing.identity import verify_user_token
from plumbing.revocations import revocations
from svc_media import links
from svc_media.door.http import Request


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads; `download` where browsers shall save and not show."""

    user_id: str
    download: bool = False


def signed_in(request: Request) -> str:
    """Return the person behind the bearer token.

    Raises:
        Unauthenticated: There is none, it is not valid (any more), or its session has ended.
    """
    header = request.header("Authorization") or ""
    if header[:7].lower() != "bearer ":
        raise Unauthenticated
    token = header[7:].strip()
    who = verify_user_token(token)
    if revocations.is_revoked(who, token):
        raise SessionEnded
    return who.user_id


def reader_of(request: Request, media_id: str) -> Reader:
    """Return who reads this media: whoever the link `?t=` was made for, or else the bearer.

    Raises:
        LinkInvalid: The link is not ours, has expired, or is another media's.
        Unauthenticated: Neither is there.
    """
    token = request.query("t")
    if token is None:
        return Reader(signed_in(request))
    claims = links.read(token)
    if claims.media_id != media_id:
        raise LinkInvalid
    return Reader(claims.user_id, claims.download)
