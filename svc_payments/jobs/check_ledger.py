"""Prove the ledger: transactions balance, currencies sum to zero, checkpoints are sums, nobody overdrew, ids fit.

./charla shell payments < svc_payments/jobs/check_ledger.py
"""

from plumbing.database import transactions
from plumbing.settings import settings
from svc_payments.workers.checking import check_ledger

found = check_ledger(transactions(settings().database_url))
print(*found, f"{len(found)} findings", sep="\n")
