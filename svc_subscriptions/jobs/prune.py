"""Delete old lines of lists, pushes, deliveries, walks and handled events.

./charla shell subscriptions < svc_subscriptions/jobs/prune.py
"""

from plumbing.database import transactions
from plumbing.settings import settings
from svc_subscriptions.workers.pruning import prune_all

count = prune_all(transactions(settings().database_url))
print(f"{count} rows deleted")
