"""What the sandbox counts. It imports nothing of Charla, which it stands beside."""

from __future__ import annotations

import time

from flask import Flask, Response, g, request
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, Gauge, Histogram, generate_latest

REQUESTS = Histogram(
    "charla_sandbox_request_seconds", "Time a request took.", ["operation", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)  # fmt: skip
BUILD = Gauge("charla_build_info", "What runs here.", ["service", "version"])


def register(app: Flask, version: str) -> None:
    """Count the requests of `app`, by its routes, and show that at /metrics."""
    BUILD.labels("payments-sandbox", version).set(1)
    app.before_request(_begin)
    app.after_request(_end)
    app.add_url_rule("/metrics", "metrics", _show)


def _begin() -> None:
    g.began = time.perf_counter()


def _end(response: Response) -> Response:
    operation = request.endpoint or "none"
    REQUESTS.labels(operation, str(response.status_code)).observe(time.perf_counter() - g.began)
    return response


def _show() -> Response:
    return Response(generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)
