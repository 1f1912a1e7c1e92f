"""A TCP wire that can be cut: what stands behind it is away, as seen from whoever uses it."""

from __future__ import annotations

import socket
from contextlib import suppress

import eventlet


class Wire:
    """Forwards a port of this machine to another one, until it is cut."""

    def __init__(self, port: int) -> None:
        self._target = ("127.0.0.1", port)
        self._listener: socket.socket | None = None
        self._ends: set[socket.socket] = set()
        self.port = 0
        self.mend()

    def mend(self) -> None:
        """Let connections through again."""
        if self._listener is None:
            self._listener = eventlet.listen(("127.0.0.1", self.port), reuse_port=False)
            self.port = self._listener.getsockname()[1]
            eventlet.spawn(self._accept, self._listener)

    def cut(self) -> None:
        """Break every connection and refuse new ones."""
        listener, self._listener = self._listener, None
        if listener is not None:
            _close(listener)
        for end in list(self._ends):
            _close(end)
        self._ends.clear()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                here, _ = listener.accept()
                there = eventlet.connect(self._target)
            except OSError:
                return
            self._ends |= {here, there}
            eventlet.spawn(self._pump, here, there)
            eventlet.spawn(self._pump, there, here)

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while chunk := source.recv(65_536):
                sink.sendall(chunk)
        for end in (source, sink):
            _close(end)
            self._ends.discard(end)


def _close(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    with suppress(OSError):
        end.close()
