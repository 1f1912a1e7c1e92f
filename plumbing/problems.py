"""Refusals on the wire: RFC 9457 problem documents, from one table of kinds, for whoever speaks HTTP."""

from __future__ import annotations

from typing import Any

from contracts.auth import TokenExpired, TokenInvalid
from contracts.base import ServiceError
from plumbing import codec

PROBLEM_JSON = "application/problem+json"
RETRY_AFTER_S = 1

#: The one table from the kind of an error to its HTTP status and title.
STATUS_OF_KIND: dict[str, tuple[int, str]] = {
    "invalid": (400, "Bad request"),
    "unauthenticated": (401, "Not signed in"),
    "forbidden": (403, "Not allowed"),
    "not_found": (404, "Not found"),
    "method_not_allowed": (405, "Method not allowed"),
    "conflict": (409, "Conflict"),
    "too_large": (413, "Too large"),
    "unsupported_media_type": (415, "Unsupported media type"),
    "too_many": (429, "Too many requests"),
    "internal": (500, "Internal error"),
    "unavailable": (503, "Not available now"),
}


def status_of(error: ServiceError) -> tuple[int, str]:
    """Return the HTTP status and the title for `error`."""
    return STATUS_OF_KIND.get(error.kind, STATUS_OF_KIND["internal"])


def document(error: ServiceError, status: int, title: str, request_id: str, path: str = "") -> bytes:
    """Return the problem document of `error`, encoded."""
    found: dict[str, Any] = {
        **error.facts,
        "type": f"urn:charla:problem:{error.code}",
        "title": title,
        "status": status,
        "detail": error.detail,
        "code": error.code,
        "request_id": request_id,
    }
    if path:
        found["instance"] = path
    return codec.encode(found)


def headers(error: ServiceError, status: int) -> list[tuple[str, str]]:
    """Return the headers that go with a refusal: when to try again, or how to sign in."""
    if status in (429, 503):
        return [("Retry-After", str(_whole_seconds(error.facts.get("retry_after_s"))))]
    if status == 401:
        bad_token = isinstance(error, (TokenInvalid, TokenExpired)) or error.code.startswith(("token_", "session_"))
        return [("WWW-Authenticate", 'Bearer error="invalid_token"' if bad_token else "Bearer")]
    return []


def _whole_seconds(seconds: Any) -> int:
    if not isinstance(seconds, (int, float)) or not 0 < seconds < 1e6:
        return RETRY_AFTER_S
    return max(1, -int(-seconds // 1))
