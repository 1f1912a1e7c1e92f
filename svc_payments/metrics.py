"""What the worker counts for Prometheus."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

LEDGER_CHECKS = Counter("charla_ledger_checks_total", "Checks of the whole ledger.", ["outcome"])
LEDGER_FINDINGS = Gauge("charla_ledger_findings", "What the last check found wrong.", ["rule"])
CHECKPOINTS = Counter("charla_ledger_checkpoints_total", "Checkpoints of balances that were moved forward.")
