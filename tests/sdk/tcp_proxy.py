"""A TCP proxy in front of the stack, to break what a client stands on."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Literal
from urllib.parse import urlsplit

#: `open` passes all on; `deaf` keeps answers back; `cut` has no connections.
State = Literal["open", "deaf", "cut"]


class TcpProxy:
    """Listens on a port of its own; each connection is passed on in two threads.

    Args:
        url: what is behind it.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._behind = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: set[socket.socket] = set()
        self._silent: set[socket.socket] = set()
        self._lock = threading.Lock()
        self.state: State = "open"
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept_forever, daemon=True).start()

    def cut(self) -> None:
        """Ends all connections, and all that come until `mend`."""
        self.state = "cut"
        self._end_all()

    def silence(self) -> None:
        """Passes nothing on over the connections that are open now, and ends none of them; new ones work."""
        with self._lock:
            self._silent |= self._open

    def mend(self) -> None:
        """Passes all on again; answers that were kept back stay lost."""
        if self.state == "deaf":
            self._end_all()
        self.state = "open"

    def close(self) -> None:
        """Ends it."""
        self.cut()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept_forever(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self.state == "cut":
                client.close()
                continue
            try:
                server = socket.create_connection(self._behind)
            except OSError:
                client.close()
                continue
            with self._lock:
                self._open |= {client, server}
            for source, sink, answers in ((client, server, False), (server, client, True)):
                threading.Thread(target=self._pass_on, args=(source, sink, answers), daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket, answers: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                if source not in self._silent and (self.state == "open" or not answers):
                    sink.sendall(data)
        self._end(source)
        self._end(sink)

    def _end(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.discard(connection)
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
        connection.close()

    def _end_all(self) -> None:
        with self._lock:
            connections = list(self._open)
        for each in connections:
            self._end(each)
