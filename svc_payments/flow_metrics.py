"""What the processes of svc_payments count of payments, calls, webhooks and the reconciliation."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

CALLS = Counter("charla_provider_calls_total", "Calls to the payment provider by outcome.", ["kind", "outcome"])
CALLS_GIVEN_UP = Gauge("charla_provider_calls_given_up", "Calls to the provider that are not tried any more.")
MISMATCHES = Counter("charla_payment_mismatches_total", "Things the provider said that cannot be; people must look.")
WEBHOOKS = Counter("charla_webhooks_total", "Webhooks of the provider by outcome.", ["outcome"])
WEBHOOKS_PARKED = Gauge("charla_webhooks_parked", "Webhooks that could not be applied; see jobs.webhooks.")
RECONCILED = Counter("charla_reconciled_total", "Objects of the provider compared with the ledger.", ["kind"])
DIFFERENCES = Counter("charla_reconciliation_differences_total", "Objects that differed, and were mended.", ["kind"])
