"""Which pages may use this origin (CORS), and what every answer of it forbids."""

from __future__ import annotations

from urllib.parse import urlsplit

from plumbing import https
from plumbing.settings import settings
from svc_media.door.http import Answer, Header, Request
from svc_media.door.refusals import OriginRefused
from svc_media.options import options

_METHODS = "GET, HEAD, POST, PATCH, DELETE, OPTIONS"
_TAKEN = (
    "Authorization, Content-Type, If-Match, If-Modified-Since, If-None-Match, If-Range, Range, Tus-Resumable, "
    "Upload-Checksum, Upload-Concat, Upload-Defer-Length, Upload-Length, Upload-Metadata, Upload-Offset, "
    "X-HTTP-Method-Override, X-Request-Id, X-Requested-With, traceparent"
)
_SHOWN = (
    "Accept-Ranges, Charla-Media-Error, Charla-Media-Id, Charla-Media-State, Content-Disposition, Content-Length, "
    "Content-Range, ETag, Last-Modified, Location, Retry-After, Tus-Checksum-Algorithm, Tus-Extension, Tus-Max-Size, "
    "Tus-Resumable, Tus-Version, Upload-Concat, Upload-Defer-Length, Upload-Expires, Upload-Length, "
    "Upload-Metadata, Upload-Offset, X-Request-Id"
)
#: A file that is opened by itself can run nothing, load nothing and be framed by nobody.
SECURITY: list[Header] = [
    ("X-Content-Type-Options", "nosniff"),
    ("Content-Security-Policy", "default-src 'none'; sandbox; base-uri 'none'; frame-ancestors 'none'"),
    ("Referrer-Policy", "no-referrer"),
    # The application lives on another origin, and signed links or tokens decide who reads.
    ("Cross-Origin-Resource-Policy", "cross-origin"),
]


class Origins:
    """The pages that may use uploads and media."""

    def __init__(self) -> None:
        named = options().app_origins.split(",")
        wanted = [each.strip() for each in named if each.strip()] or [settings().public_url]
        self._allowed = frozenset(map(_origin, wanted))
        self._security = [*SECURITY, *https.headers(options().url)]

    def headers(self, request: Request) -> list[Header]:
        """Return what every answer to this request carries."""
        found = [*self._security, ("Vary", "Origin, Authorization")]
        origin = request.header("Origin")
        if origin in self._allowed:
            found += [("Access-Control-Allow-Origin", str(origin)), ("Access-Control-Expose-Headers", _SHOWN)]
        return found

    def preflight(self, request: Request) -> Answer | None:
        """Answer a browser that asks before a request; None where this is no such question."""
        if request.method != "OPTIONS" or request.header("Access-Control-Request-Method") is None:
            return None
        if request.header("Origin") not in self._allowed:
            return Answer(204)
        return Answer(
            204,
            [
                ("Access-Control-Allow-Methods", _METHODS),
                ("Access-Control-Allow-Headers", _TAKEN),
                ("Access-Control-Max-Age", "86400"),
            ],
        )

    def forget(self, request: Request) -> Answer:
        """Have a browser drop what it keeps of this origin: a page of ours asks for it when its person leaves.

        It asks with credentials, which browsers demand. They are not looked at, as nothing but its cache changes.

        Raises:
            OriginRefused: Another site would have its visitors fetch all their pictures again.
        """
        if request.header("Origin") not in self._allowed:
            raise OriginRefused
        return Answer(204, [("Clear-Site-Data", '"cache"'), ("Cache-Control", "no-store")])


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
