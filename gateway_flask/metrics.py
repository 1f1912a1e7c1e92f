"""Prometheus metrics of the gateway, served by whichever worker holds the metrics port."""

from __future__ import annotations

import os
import time

import gevent
from gevent.pywsgi import WSGIServer
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, multiprocess
from prometheus_client.exposition import make_wsgi_app

from plumbing.settings import settings

_SECONDS = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)
_LABELS = ["operation", "status"]

REQUESTS = Histogram("charla_gateway_request_seconds", "Time a request took.", _LABELS, buckets=_SECONDS)
SOCKETS = Gauge("charla_gateway_sockets", "Open WebSockets.", multiprocess_mode="livesum")
CHANNELS = Gauge("charla_gateway_channels", "Redis channels followed.", multiprocess_mode="livesum")
FRAMES = Counter("charla_gateway_frames_total", "Frames handed to sockets.")
READ_MARKS = Counter("charla_gateway_read_marks_total", "Read marks passed on to subscriptions.", ["outcome"])
CLOSED = Counter("charla_gateway_closed_total", "WebSockets closed by us, by code.", ["code"])

_children: dict[tuple[str, int], Histogram] = {}


def observe(operation: str, status: int, seconds: float) -> None:
    """Count one answered request."""
    key = (operation, status)
    child = _children.get(key)
    if child is None:
        child = _children[key] = REQUESTS.labels(operation, str(status))
    child.observe(seconds)


def _registry() -> CollectorRegistry:
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry


def serve_forever() -> None:
    """Serve /metrics for all workers; where another worker does so already, wait for its end."""
    port = settings().metrics_port
    while port:
        try:
            server = WSGIServer(("127.0.0.1", port), make_wsgi_app(_registry()), log=None)
            server.serve_forever()
        except OSError:
            gevent.sleep(5 + time.time() % 1)
