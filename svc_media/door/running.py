"""Uploads that bytes are coming in for: one request each, which can be asked to let go."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from socket import SHUT_RD
from typing import Any

from gevent.event import Event

from contracts.base import ServiceError
from svc_media.door.refusals import Draining, Overloaded, UploadLocked

#: Whose last byte is older than this may be a connection that broke without telling.
STALE_S = 5.0
_LET_GO_S = 15.0


class Running:
    """One request that receives an upload.

    Attributes:
        heard_at: When its last byte came (monotonic, seconds).
        reason: Why it was told to stop; None while it may go on.
    """

    def __init__(self, socket: Any) -> None:
        self._socket = socket
        self.heard_at = time.monotonic()
        self.reason: ServiceError | None = None
        self.over = Event()

    @property
    def is_stale(self) -> bool:
        """Whether nothing came for a while."""
        return time.monotonic() - self.heard_at > STALE_S

    def stop(self, reason: ServiceError) -> None:
        """Have it keep what came, and end with `reason`."""
        self.reason = self.reason or reason
        with suppress(OSError):
            self._socket.shutdown(SHUT_RD)


class Register:
    """All of this process.

    Attributes:
        is_draining: Whether it takes no new ones.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._running: dict[str, Running] = {}
        self.is_draining = False

    def __len__(self) -> int:
        return len(self._running)

    @contextmanager
    def enter(self, upload_id: str, socket: Any) -> Iterator[Running]:
        """Be the one that receives this upload.

        Raises:
            UploadLocked: Another request does, and its bytes are coming in.
            Draining, Overloaded: This process takes no more.
        """
        self._make_way(upload_id)
        if self.is_draining:
            raise Draining
        if len(self._running) >= self._most:
            raise Overloaded(retry_after_s=2)
        mine = self._running[upload_id] = Running(socket)
        try:
            yield mine
        finally:
            del self._running[upload_id]
            mine.over.set()

    def settle(self, upload_id: str) -> None:
        """End a request that has gone silent, so that the upload's offset tells all that came."""
        other = self._running.get(upload_id)
        if other is not None and other.is_stale:
            other.stop(UploadLocked())
            other.over.wait(_LET_GO_S)

    def stop(self, upload_id: str, reason: ServiceError) -> None:
        """End the request that receives this upload, if there is one, and wait until it has."""
        other = self._running.get(upload_id)
        if other is not None:
            other.stop(reason)
            other.over.wait(_LET_GO_S)

    def refuse_more(self) -> None:
        """Take no new ones from now on."""
        self.is_draining = True

    def stop_all(self) -> None:
        """End all requests; each keeps what came."""
        for each in list(self._running.values()):
            each.stop(Draining(retry_after_s=2))

    def _make_way(self, upload_id: str) -> None:
        self.settle(upload_id)
        if upload_id in self._running:
            raise UploadLocked
