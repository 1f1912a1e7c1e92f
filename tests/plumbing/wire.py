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
            self._accepting = eventlet.spawn(self._accept, self._listener)

    def cut(self) -> None:
        """Break every connection and refuse new ones."""
        listener, self._listener = self._listener, None
        if listener is not None:
            self._accepting.kill()
            listener.close()
        for end in self._ends:
            _hang_up(end)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            here, _ = listener.accept()
            eventlet.spawn(self._carry, here)

    def _carry(self, here: socket.socket) -> None:
        with here:
            try:
                there = eventlet.connect(self._target)
            except OSError:
                return
            with there:
                ends = {here, there}
                self._ends |= ends
                back = eventlet.spawn(_pump, there, here)
                _pump(here, there)
                back.wait()
                self._ends -= ends


def _pump(source: socket.socket, sink: socket.socket) -> None:
    """Carry bytes until one end is gone, and then hang up both; who opened them closes them."""
    with suppress(OSError):
        while chunk := source.recv(65_536):
            sink.sendall(chunk)
    for end in (source, sink):
        _hang_up(end)


def _hang_up(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
