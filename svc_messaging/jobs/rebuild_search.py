"""Index every message anew, e.g. after a restored backup or a change of `indexing.WRITE`.

./charla shell messaging < svc_messaging/jobs/rebuild_search.py
"""

from plumbing.database import transactions
from plumbing.settings import settings
from svc_messaging import batches

count = batches.rebuild_search(transactions(settings().database_url))
print(f"{count} batches of {batches.INDEX_BATCH} messages indexed")
