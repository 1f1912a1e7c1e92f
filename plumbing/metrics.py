"""Prometheus metrics that every process has (RED for what is asked of it, USE for what it works with).

Labels have few values: services, methods, handlers, queues, outcomes; never ids, names or addresses.
`docs/monitoring.md` tells what each says.
"""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)
_LATE_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5)

# What is asked: rate, errors, duration.
RPC_SECONDS = Histogram(
    "charla_rpc_seconds",
    "Time a service method, an event handler or a timer took.",
    ["service", "method", "outcome"],
    buckets=_SECONDS,
)
EVENTS_HANDLED = Counter("charla_events_handled_total", "Events by outcome.", ["handler", "outcome"])
EVENTS_PUBLISHED = Counter("charla_events_published_total", "Events the relay had confirmed.", ["service"])
PUBLISH_SECONDS = Histogram(
    "charla_outbox_publish_seconds",
    "Time until the broker had confirmed a batch of events.",
    ["service", "outcome"],
    buckets=_SECONDS,
)
PARKED = Counter(
    "charla_messages_parked_total",
    "Messages put aside in a .dead queue.",
    ["queue", "reason"],
)
PUSH_FAILURES = Counter("charla_push_failures_total", "Live pushes that Redis did not take.")

# What is kept ready: how often that helped.
CACHE_REQUESTS = Counter(
    "charla_cache_requests_total",
    "Questions to a cache: `hit`, `absent` (known not to be there), `miss`, `error`.",
    ["cache", "outcome"],
)
CACHE_LOADS = Histogram(
    "charla_cache_load_seconds",
    "Time to load what a cache did not have: `kept`, `outdated` (cleared meanwhile, so not kept), `failed`.",
    ["cache", "outcome"],
    buckets=_SECONDS,
)

# What is worked with: use, saturation.
OUTBOX_LAG_SECONDS = Gauge(
    "charla_outbox_lag_seconds",
    "Age of the oldest event not yet published.",
    ["service"],
)
OUTBOX_ROWS = Gauge("charla_outbox_rows", "Events not yet published.", ["service"])
RELAY_LEADING = Gauge(
    "charla_outbox_relay_leading", "1 in the relay that publishes, 0 in those that stand by.", ["service"]
)
WORKERS_SIZE = Gauge("charla_workers_size", "Calls and events that this process works on at the most.", ["service"])
WORKERS_BUSY = Gauge("charla_workers_busy", "Calls and events that this process works on.", ["service"])
CONSUMER_CONNECTED = Gauge("charla_consumer_connected", "1 while this process takes messages.", ["service"])
CONSUMER_IN_FLIGHT = Gauge("charla_consumer_in_flight", "Messages taken from the broker and not settled.", ["service"])
LOOP_LATE_SECONDS = Histogram(
    "charla_loop_late_seconds",
    "By how much a greenlet that wanted to sleep a second woke too late: the event loop's lag.",
    buckets=_LATE_SECONDS,
)
