"""What an operation answers, before any framework turns it into bytes on a socket."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus

Header = tuple[str, str]

JSON = "application/json"
#: Says that the thing had been made before, by the same request.
REPLAYED: Header = ("Idempotent-Replayed", "true")
STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}
STATUS_LINES[413] = "413 Content Too Large"


@dataclass(slots=True)
class Reply:
    """An HTTP answer. `headers` come on top of content type, length and the security headers.

    An answer that is too large to be held has `pieces` of `size` bytes together instead of a body; they are
    read while they are sent, and only where Flask sends them.
    """

    status: int
    body: bytes = b""
    headers: list[Header] = field(default_factory=list)
    content_type: str = JSON
    pieces: Iterator[bytes] | None = None
    size: int = 0

    def wire_headers(self) -> list[Header]:
        """Return all headers of the answer itself."""
        if self.status == 204:
            return list(self.headers)
        size = len(self.body) if self.pieces is None else self.size
        return [("Content-Type", self.content_type), ("Content-Length", str(size)), *self.headers]
