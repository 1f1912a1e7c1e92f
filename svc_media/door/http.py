"""A request and an answer of this door, without any framework: bodies are streams here."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from contracts.base import Invalid, ServiceError
from plumbing import problems
from plumbing.tracing import new_traceparent, taken_over
from svc_media.door.refusals import status_of

Environ = dict[str, Any]
Header = tuple[str, str]

STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}
STATUS_LINES |= {413: "413 Content Too Large", 460: "460 Checksum Mismatch"}

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
METHODS = frozenset({"GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS"})


class Request:
    """One request (WSGI).

    Attributes:
        method: The method, or the one that `X-HTTP-Method-Override` names (tus wants that).
        traceparent: W3C trace context, the client's where it sent one.
        begins_trace: It sent none.
    """

    def __init__(self, environ: Environ) -> None:
        self.environ = environ
        self.path: str = environ["PATH_INFO"]
        self.method = self._method()
        trace = self.header("traceparent")
        theirs = taken_over(trace)
        self.traceparent, self.begins_trace = theirs or new_traceparent(), theirs is None
        given = self.header("X-Request-Id")
        self.id = given if given and _REQUEST_ID.fullmatch(given) else self.traceparent[3:35]

    def header(self, name: str) -> str | None:
        """Return a header's value."""
        key = name.upper().replace("-", "_")
        if key in {"CONTENT_TYPE", "CONTENT_LENGTH"}:
            return self.environ.get(key) or None
        return self.environ.get(f"HTTP_{key}")

    def query(self, name: str) -> str | None:
        """Return a value of the query; None unless it is there once.

        Raises:
            Invalid: The query has too many fields.
        """
        text: str = self.environ.get("QUERY_STRING", "")
        try:
            found = parse_qs(text, max_num_fields=20).get(name, [])
        except ValueError as error:
            raise Invalid(str(error)) from error
        return found[0] if len(found) == 1 else None

    def _method(self) -> str:
        method: str = self.environ["REQUEST_METHOD"]
        override = (self.header("X-HTTP-Method-Override") or "").upper()
        return override if method == "POST" and override in METHODS else method


@dataclass(slots=True)
class Answer:
    """What is answered. Without a `length` the body is empty."""

    status: int
    headers: list[Header] = field(default_factory=list)
    body: Iterable[bytes] = ()
    length: int | None = 0

    def wire_headers(self) -> list[Header]:
        """Return all headers, with the length where the body has one."""
        if self.status in {204, 304} or self.length is None:
            return self.headers
        return [*self.headers, ("Content-Length", str(self.length))]


def problem(error: ServiceError, request: Request) -> Answer:
    """Return a refusal as a problem document. The query is not told: it may hold a link's token."""
    status, title = status_of(error)
    document = problems.document(error, status, title, request.id, request.path)
    headers = [("Content-Type", problems.PROBLEM_JSON), ("Cache-Control", "no-store")]
    return Answer(status, headers + problems.headers(error, status), (document,), len(document))
