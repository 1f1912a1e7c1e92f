"""The operators' door of a process that has no event loop: in a thread of its own."""

from __future__ import annotations

import threading
from wsgiref.simple_server import WSGIRequestHandler, make_server

from plumbing import operators
from plumbing.settings import settings


def open_door() -> None:
    """Serve /healthz, /readyz and /metrics on HEALTH_PORT, in a thread."""
    port = settings().health_port
    if port:
        server = make_server(settings().health_host, port, operators.application, handler_class=_Quiet)
        threading.Thread(target=server.serve_forever, daemon=True, name="operators").start()


class _Quiet(WSGIRequestHandler):
    """Logs no requests."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""
