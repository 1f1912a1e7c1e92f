"""What the servers and the worker of svc_ads count for Prometheus."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

DECISIONS = Counter("charla_ads_decisions_total", "Requests for an ad by what came of them.", ["outcome"])
BATCH_SIZE = Histogram(
    "charla_ads_batch_size", "Decisions that were made and logged together.", buckets=(1, 2, 4, 8, 16, 32, 64)
)
VIEWS = Counter("charla_ads_views_total", "Views by `counted` or the reason why not.", ["outcome"])
CLICKS = Counter("charla_ads_clicks_total", "Clicks by `counted` or the reason why not.", ["outcome"])
LEASES = Counter("charla_ads_leases_total", "Leases that were granted, refused, given back and closed.", ["outcome"])
CAMPAIGNS = Gauge("charla_ads_campaigns", "Campaigns in this server's index.")
SETTLED = Counter("charla_ads_settled_total", "Whole minor units that were settled.")
SETTLEMENTS = Counter("charla_ads_settlements_total", "Settlements that were told to the ledger.")
FINDINGS = Gauge("charla_ads_findings", "What the last check of budgets found wrong.", ["rule"])
