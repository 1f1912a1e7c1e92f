"""Have everybody who sees no ads compared with the ledger: the worker begins within 10 s.

./charla shell ads < svc_ads/jobs/repair_ad_free.py
"""

from plumbing.database import transactions
from plumbing.settings import settings
from svc_ads.workers.asking import begin_again

begin_again(transactions(settings().database_url, 1), "ad_free")
print("the worker compares all people now")
