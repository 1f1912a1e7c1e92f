"""What operators are answered: /healthz (alive), /readyz (may be given work) and /metrics. It imports no event loop."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST

from plumbing import codec, readiness
from plumbing.exposition import exposition

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
        return "200 OK", CONTENT_TYPE_LATEST, exposition()
    return "404 Not Found", _JSON, b'{"code":"not_found"}'


def application(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """The WSGI application of that door."""
    status, content_type, body = answer(environ.get("PATH_INFO", "/"))
    start_response(status, [("Content-Type", content_type), ("Content-Length", str(len(body)))])
    return [body]
