"""What the notifier and the worker count for Prometheus."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

LINES = Counter("charla_notifications_total", "Lines written into people's lists.", ["cause"])
PUSHES = Counter("charla_pushes_total", "Web pushes by what became of them.", ["outcome"])
DELIVERIES = Counter("charla_webhook_deliveries_total", "Calls of webhooks by outcome.", ["outcome"])
DIGESTS = Counter("charla_digests_total", "E-mail digests by outcome.", ["outcome"])
SENDING = Gauge("charla_outgoing_in_flight", "Requests to the outside under way.", ["kind"])
