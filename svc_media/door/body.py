"""The bytes of a request's body, read from the socket straight into a buffer of ours.

gunicorn's own reader collects a megabyte ahead and copies it several times; an upload shall cost fixed
buffers, however fast its bytes come. What gunicorn has read of the body already comes first.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from gunicorn.http.errors import ParseException

from svc_media.door.refusals import ClientGone

#: Nginx hangs up a silent client after 60 s (client_body_timeout); this is for who comes without it.
SILENCE_S = 75.0
#: After this long without a byte whoever reads may do something else.
PAUSE_S = 1.0


class Body:
    """A request's body. `left` is how many bytes are still to come; None where only the end will tell."""

    def __init__(self, environ: dict[str, Any]) -> None:
        self.socket = environ["gunicorn.socket"]
        self._body = environ["wsgi.input"]
        self._reader = self._body.reader
        self._chunks: Iterator[bytes] | None = getattr(self._reader, "parser", None)
        self.left: int | None = None if self._chunks is not None else getattr(self._reader, "length", 0)
        self._ahead: memoryview | None = None
        self._heard_at = time.monotonic()

    def read_into(self, view: memoryview) -> int | None:
        """Read what has come into `view` and return its size, 0 at the end; None after a pause without any.

        Raises:
            ClientGone: The body broke off, or nothing came for a long time.
        """
        if self.left == 0:
            return 0
        try:
            return self._from_socket(view) if self._chunks is None else self._from_chunks(view, self._chunks)
        except TimeoutError as error:
            if self._chunks is None and time.monotonic() - self._heard_at < SILENCE_S:
                return None
            self.break_off()
            raise ClientGone from error
        except (OSError, ParseException) as error:
            self.break_off()
            raise ClientGone from error

    def break_off(self) -> None:
        """Have gunicorn close the connection: where the next request begins is not known."""
        self._body.failed = True

    def _from_socket(self, view: memoryview) -> int:
        if self._ahead is None:
            self._ahead = self._take_ahead()
        size = self._copy(self._ahead, view) if self._ahead else self._receive(view[: self.left])
        self._reader.length -= size
        self.left = self._reader.length
        return size

    def _take_ahead(self) -> memoryview:
        """Take what gunicorn has read together with the headers, up to the end of the body."""
        found = self._reader.unreader.take_buffered()
        if len(found) > self._reader.length:
            self._reader.unreader.unread(found[self._reader.length :])
        return memoryview(found)[: self._reader.length]

    def _copy(self, ahead: memoryview, view: memoryview) -> int:
        size = min(len(view), len(ahead))
        view[:size], self._ahead = ahead[:size], ahead[size:]
        return size

    def _receive(self, view: memoryview) -> int:
        before = self.socket.gettimeout()
        self.socket.settimeout(PAUSE_S)
        try:
            size: int = self.socket.recv_into(view)
        finally:
            self.socket.settimeout(before)
        if size == 0:
            raise ConnectionError("the body broke off")
        self._heard_at = time.monotonic()
        return size

    def _from_chunks(self, view: memoryview, chunks: Iterator[bytes]) -> int:
        while not self._ahead:
            self._ahead = memoryview(self._next_chunk(chunks))
            if self.left == 0:
                return 0
        return self._copy(self._ahead, view)

    def _next_chunk(self, chunks: Iterator[bytes]) -> bytes:
        before = self.socket.gettimeout()
        self.socket.settimeout(SILENCE_S)
        try:
            return next(chunks)
        except StopIteration:
            self.left = 0
            return b""
        finally:
            self.socket.settimeout(before)
