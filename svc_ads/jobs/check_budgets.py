"""Prove that no budget is overspent, and that every micro is told once.

./charla shell ads < svc_ads/jobs/check_budgets.py
"""

from plumbing.database import transactions
from plumbing.settings import settings
from svc_ads.workers.checking import check_budgets

found = check_budgets(transactions(settings().database_url))
print(*found, f"{len(found)} findings", sep="\n")
