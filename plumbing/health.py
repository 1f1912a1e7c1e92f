"""The door for operators: /healthz (alive), /readyz (may be given work) and /metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import eventlet
from nameko.extensions import DependencyProvider, SharedExtension
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from plumbing import codec, readiness
from plumbing.logs import get_logger
from plumbing.settings import settings

log = get_logger(__name__)

StartResponse = Callable[[str, list[tuple[str, str]]], Any]
_JSON = "application/json"


def answer(path: str) -> tuple[str, str, bytes]:
    """Return (status, content type, body) for a request to `path`."""
    if path == "/healthz":
        return "200 OK", _JSON, b'{"status":"alive"}'
    if path == "/readyz":
        ready, checks = readiness.report()
        status = "200 OK" if ready else "503 Service Unavailable"
        return status, _JSON, codec.encode({"ready": ready, "checks": checks})
    if path == "/metrics":
        return "200 OK", CONTENT_TYPE_LATEST, generate_latest()
    return "404 Not Found", _JSON, b'{"code":"not_found"}'


def application(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """The WSGI application of that door."""
    status, content_type, body = answer(environ.get("PATH_INFO", "/"))
    start_response(status, [("Content-Type", content_type), ("Content-Length", str(len(body)))])
    return [body]


class HealthServer(SharedExtension):
    """Serves the door on 127.0.0.1:HEALTH_PORT; none when the port is 0."""

    def start(self) -> None:
        port = settings().health_port
        if not port:
            return
        self._socket = eventlet.listen(("127.0.0.1", port), reuse_port=False)
        self.container.spawn_managed_thread(self._serve)

    def _serve(self) -> None:
        from eventlet import wsgi

        wsgi.server(self._socket, application, log_output=False, debug=False)


class Health(DependencyProvider):
    """Put `health = Health()` in a service class to open the door."""

    server = HealthServer()

    def get_dependency(self, worker_ctx: Any) -> None:
        return None
