"""What the door of bytes counts; served with the readiness on a port of its own."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300)

REQUESTS = Histogram(
    "charla_media_edge_request_seconds", "Time until a request was answered.", ["method", "what", "status"],
    buckets=_SECONDS,
)  # fmt: skip
RUNNING = Gauge("charla_media_edge_uploads_running", "Uploads that bytes come in for right now.")
RECEIVED_BYTES = Counter("charla_media_edge_received_bytes_total", "Bytes of uploads that were written.")
SERVED = Counter("charla_media_edge_served_total", "Downloads that were let through, by who sends the bytes.", ["by"])
