"""Refusals on the wire: RFC 9457 problem documents, from one table of kinds."""

from __future__ import annotations

from typing import Any, ClassVar, NotRequired, TypedDict

from contracts.auth import TokenExpired, TokenInvalid
from contracts.base import ServiceError
from gateway_flask.reply import Header, Reply
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


class Problem(TypedDict):
    """An error answer (RFC 9457). `code` is stable; facts of the error may stand beside it."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    instance: NotRequired[str]
    retry_after_s: NotRequired[float]
    field: NotRequired[str]


class BodyTooLarge(ServiceError):
    """The request body is larger than the gateway reads."""

    kind: ClassVar[str] = "too_large"
    code = "body_too_large"
    detail = "A request body has at most 1 MB."


class UnsupportedMediaType(ServiceError):
    """The request body is not declared as JSON."""

    kind: ClassVar[str] = "unsupported_media_type"
    code = "unsupported_media_type"
    detail = "Send the body as application/json in UTF-8."


class MethodNotAllowed(ServiceError):
    """The path exists, but not with this method."""

    kind: ClassVar[str] = "method_not_allowed"
    code = "method_not_allowed"
    detail = "This path does not answer to that method."


def status_of(error: ServiceError) -> int:
    """Return the HTTP status for `error`."""
    return STATUS_OF_KIND.get(error.kind, STATUS_OF_KIND["internal"])[0]


def problem(error: ServiceError, request_id: str, path: str = "") -> Reply:
    """Return `error` as a problem document."""
    status, title = STATUS_OF_KIND.get(error.kind, STATUS_OF_KIND["internal"])
    document: dict[str, Any] = {
        **error.facts,
        "type": f"urn:charla:problem:{error.code}",
        "title": title,
        "status": status,
        "detail": error.detail,
        "code": error.code,
        "request_id": request_id,
    }
    if path:
        document["instance"] = path
    return Reply(status, codec.encode(document), _headers(error, status), PROBLEM_JSON)


def _headers(error: ServiceError, status: int) -> list[Header]:
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
