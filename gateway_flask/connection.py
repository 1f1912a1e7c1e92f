"""One open WebSocket: a bounded queue in front of its socket, and its way out."""

from __future__ import annotations

import os
import socket
import struct
import time
from collections import deque

import gevent

from gateway_flask.frames import Close, Frame, close_wire
from gateway_flask.metrics import CLOSED

#: What may wait for a slow reader.
MAX_QUEUED_FRAMES = 1_000
MAX_QUEUED_BYTES = 1_000_000
#: What the kernel may hold for one socket beside that.
_SEND_BUFFER = 131_072
#: SO_LINGER on, 0 s: what a reader did not take is thrown away, and the connection reset.
_NO_LINGER = struct.pack("ii", 1, 0)
_SEND_S = 20.0
#: How long a socket has to take its goodbye. One that is slow has to take first what is on its way already, or would
#: never learn why it was closed; nothing but that waits for it any more.
_FAREWELL_S, _SLOW_FAREWELL_S = 1.0, 15.0


class Connection:
    """A person's socket.

    While nothing waits, a frame is written by whoever has it, without a switch of greenlets; a
    writer is started only for a socket that is full.
    """

    __slots__ = (
        "_fd",
        "_queue",
        "_queued_bytes",
        "_sock",
        "_writer",
        "channels",
        "closing",
        "connected_at",
        "device",
        "heard_at",
        "session_id",
        "token",
        "typed_at",
        "user_id",
        "watched",
    )

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._fd = sock.fileno()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
        self._queue: deque[bytes] | None = None
        self._queued_bytes = 0
        self._writer: gevent.Greenlet | None = None
        self.closing: int | None = None
        self.connected_at = time.time()
        self.heard_at = time.monotonic()
        self.user_id = ""
        self.session_id = ""
        self.device = ""
        self.token = ""
        self.channels: dict[str, float] = {}
        self.watched: set[str] = set()
        self.typed_at: dict[str, float] = {}

    @property
    def open(self) -> bool:
        """Whether nobody has begun to end it."""
        return self.closing is None

    @property
    def farewell_s(self) -> float:
        """How long it has to take its goodbye."""
        return _SLOW_FAREWELL_S if self.closing == Close.TOO_SLOW else _FAREWELL_S

    def push(self, frame: Frame) -> None:
        """Send a frame, now or when the socket takes it; a reader that is too slow is closed."""
        if self.closing is None:
            self.write(frame.wire)

    def write(self, wire: bytes) -> None:
        """Send encoded bytes, now or when the socket takes them."""
        if self._queue is not None:
            self._enqueue(wire)
            return
        try:
            sent = os.write(self._fd, wire)
        except BlockingIOError:
            sent = 0
        except OSError:
            self.cut()
            return
        if sent < len(wire):
            self._queue = deque()
            self._writer = gevent.spawn(self._drain_queue, wire[sent:])

    def hold(self) -> None:
        """Let frames wait until `unhold`."""
        if self._queue is None:
            self._queue = deque()

    def unhold(self, first: Frame | None) -> None:
        """Send `first` and then what has waited since `hold`."""
        queue = self._queue
        if queue is None or self._writer is not None:
            return
        if first is not None:
            queue.appendleft(first.wire)
            self._queued_bytes += len(first.wire)
        self._writer = gevent.spawn(self._drain_queue)

    def _enqueue(self, wire: bytes) -> None:
        queue = self._queue
        if queue is None:
            return
        if self.closing is None and (
            len(queue) >= MAX_QUEUED_FRAMES or self._queued_bytes + len(wire) > MAX_QUEUED_BYTES
        ):
            self.close(Close.TOO_SLOW)
            return
        queue.append(wire)
        self._queued_bytes += len(wire)

    def _drain_queue(self, rest: bytes = b"") -> None:
        """Send the rest of a frame, which is no part of the queue so that nobody throws it away, and what waits."""
        queue = self._queue
        try:
            self._send(rest)
            while queue:
                wire = queue.popleft()
                self._queued_bytes -= len(wire)
                self._send(wire)
        except (OSError, gevent.Timeout):
            self.cut()
        finally:
            self._queue = None
            self._queued_bytes = 0
            self._writer = None

    def _send(self, wire: bytes) -> None:
        with gevent.Timeout(_SEND_S):
            self._sock.sendall(wire)

    def close(self, code: int, reason: str = "") -> None:
        """Say goodbye with `code`; the socket is cut a moment later."""
        if self.closing is not None:
            return
        self.closing = code
        CLOSED.labels(str(int(code))).inc()
        if code == Close.TOO_SLOW and self._queue is not None:
            self._queue.clear()
            self._queued_bytes = 0
        self.write(close_wire(code, reason))
        gevent.spawn_later(self.farewell_s, self.cut)

    def cut(self) -> None:
        """End the connection; the reader then ends by itself."""
        if self.closing is None:
            self.closing = Close.NORMAL
        if self._fd < 0:
            return
        self._fd = -1
        try:
            if self.closing == Close.TOO_SLOW:
                self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
            self._sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            return

    def release(self) -> None:
        """Forget the socket: its owner is about to close it, and its number may be used again."""
        if self.closing is None:
            self.closing = Close.NORMAL
        self._fd = -1
        if self._writer is not None:
            self._writer.kill(block=False)
