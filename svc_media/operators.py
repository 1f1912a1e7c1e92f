"""The operators' door of a process that forks: its children's metrics are added up from files."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest, multiprocess

from plumbing import health
from plumbing.settings import settings

_FOLDER = "PROMETHEUS_MULTIPROC_DIR"


def empty_metrics() -> None:
    """Forget what an earlier life of this process counted."""
    if folder := os.environ.get(_FOLDER):
        Path(folder).mkdir(parents=True, exist_ok=True)
        for path in Path(folder).glob("*.db"):
            path.unlink(missing_ok=True)


def forget_process(pid: int) -> None:
    """Take a child that has ended out of the gauges; what it counted stays."""
    if _FOLDER in os.environ:
        multiprocess.mark_process_dead(pid)  # type: ignore[no-untyped-call]


def open_door() -> None:
    """Serve /healthz, /readyz and /metrics on 127.0.0.1:HEALTH_PORT, in a thread."""
    port = settings().health_port
    if port:
        server = make_server("127.0.0.1", port, _application, handler_class=_Quiet)
        threading.Thread(target=server.serve_forever, daemon=True, name="operators").start()


def _application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    if environ.get("PATH_INFO") == "/metrics" and _FOLDER in os.environ:
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        body = generate_latest(registry)
        start_response("200 OK", [("Content-Type", CONTENT_TYPE_LATEST), ("Content-Length", str(len(body)))])
        return [body]
    return health.application(environ, start_response)


class _Quiet(WSGIRequestHandler):
    """Logs no requests."""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""
