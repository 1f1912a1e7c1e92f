"""Compare what was told of entitlements with the ledger, and tell again what was wrong.

./charla shell payments < svc_payments/jobs/repair_entitlements.py
"""

from plumbing.database import transactions
from plumbing.settings import settings
from svc_payments.workers.entitling import repair_all

count = repair_all(transactions(settings().database_url))
print(f"{count} entitlements mended")
