"""Prometheus metrics that every process has (RED for calls, USE for what waits)."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)

RPC_SECONDS = Histogram(
    "charla_rpc_seconds",
    "Time a service method took.",
    ["service", "method", "outcome"],
    buckets=_SECONDS,
)
EVENTS_HANDLED = Counter("charla_events_handled_total", "Events by outcome.", ["handler", "outcome"])
EVENTS_PUBLISHED = Counter("charla_events_published_total", "Events the relay had confirmed.", ["service"])
OUTBOX_LAG_SECONDS = Gauge(
    "charla_outbox_lag_seconds",
    "Age of the oldest event not yet published.",
    ["service"],
)
PARKED = Counter(
    "charla_messages_parked_total",
    "Messages put aside in a .dead queue.",
    ["queue", "reason"],
)
PUSH_FAILURES = Counter("charla_push_failures_total", "Live pushes that Redis did not take.")
