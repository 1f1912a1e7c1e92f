"""Prometheus metrics of the gateway, served by whichever worker holds the metrics port."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

import gevent
from gevent.pywsgi import WSGIServer
from prometheus_client import Counter, Gauge, Histogram

from plumbing import exposition, operators
from plumbing.redis_client import new_redis
from plumbing.redis_metrics import RedisStatistics
from plumbing.settings import settings

_SECONDS = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)
_LABELS = ["operation", "status"]

REQUESTS = Histogram("charla_gateway_request_seconds", "Time a request took.", _LABELS, buckets=_SECONDS)
IN_FLIGHT = Gauge("charla_gateway_in_flight", "Requests being answered, each second.", multiprocess_mode="livesum")
IN_FLIGHT_MAX = Gauge("charla_gateway_in_flight_max", "Requests answered at once at most.", multiprocess_mode="livesum")
SOCKETS = Gauge("charla_gateway_sockets", "Open WebSockets.", multiprocess_mode="livesum")
CHANNELS = Gauge("charla_gateway_channels", "Redis channels followed.", multiprocess_mode="livesum")
FRAMES = Counter("charla_gateway_frames_total", "Frames handed to sockets.")
READ_MARKS = Counter("charla_gateway_read_marks_total", "Read marks passed on to subscriptions.", ["outcome"])
TURNED_AWAY = Counter("charla_gateway_turned_away_total", "Calls that an open breaker turned away.", ["service"])
CLOSED = Counter("charla_gateway_closed_total", "WebSockets closed by us, by code.", ["code"])

_children: dict[tuple[str, int], Histogram] = {}


def observe(operation: str, status: int, seconds: float) -> None:
    """Count one answered request."""
    key = (operation, status)
    child = _children.get(key)
    if child is None:
        child = _children[key] = REQUESTS.labels(operation, str(status))
    child.observe(seconds)


def sample_forever(in_flight: Callable[[], int], most: int) -> None:
    """Note each second how many requests this worker answers; to count each up and down would cost every one."""
    IN_FLIGHT_MAX.set(most)
    while True:
        IN_FLIGHT.set(in_flight())
        gevent.sleep(1)


def _application(environ: dict[str, Any], start_response: operators.StartResponse) -> Iterable[bytes]:
    # Whether a worker is ready is told by the door for people.
    path = environ.get("PATH_INFO")
    return operators.application(environ if path == "/metrics" else {**environ, "PATH_INFO": "/"}, start_response)


def serve_forever() -> None:
    """Serve /metrics for all workers; where another worker does so already, wait for its end."""
    port = settings().metrics_port
    exposition.also(RedisStatistics(new_redis(settings().redis_url)))
    while port:
        try:
            server = WSGIServer((settings().health_host, port), _application, log=None)
            server.serve_forever()
        except OSError:
            gevent.sleep(5 + time.time() % 1)
