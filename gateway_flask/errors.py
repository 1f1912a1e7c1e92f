"""Refusals of the gateway: RFC 9457 problem documents (`plumbing.problems`), and its own errors."""

from __future__ import annotations

from typing import ClassVar, NotRequired, TypedDict

from contracts.base import NotFound, ServiceError
from gateway_flask.reply import Reply
from plumbing import problems
from plumbing.problems import PROBLEM_JSON, STATUS_OF_KIND

__all__ = [
    "PROBLEM_JSON",
    "STATUS_OF_KIND",
    "BodyTooLarge",
    "MethodNotAllowed",
    "Problem",
    "UnknownPath",
    "UnsupportedMediaType",
    "problem",
    "status_of",
]


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


class UnknownPath(NotFound):
    """Nothing is there, such as where an id is none."""

    code = "unknown_path"
    detail = "There is nothing at this path."


class MethodNotAllowed(ServiceError):
    """The path exists, but not with this method."""

    kind: ClassVar[str] = "method_not_allowed"
    code = "method_not_allowed"
    detail = "This path does not answer to that method."


def status_of(error: ServiceError) -> int:
    """Return the HTTP status for `error`."""
    return problems.status_of(error)[0]


#: The paths below hold a secret, which belongs in nobody's records of what went wrong.
_HOOKS = "/v1/hooks"


def problem(error: ServiceError, request_id: str, path: str = "") -> Reply:
    """Return `error` as a problem document."""
    status, title = problems.status_of(error)
    shown = _HOOKS if path.startswith(_HOOKS) else path
    document = problems.document(error, status, title, request_id, shown)
    return Reply(status, document, problems.headers(error, status), PROBLEM_JSON)
