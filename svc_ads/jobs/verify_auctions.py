"""Compute a day's auctions again: ./charla shell ads < svc_ads/jobs/verify_auctions.py.

It is yesterday and today, in UTC. The service's shell passes no variables of the caller's on; for another day:

(echo 'import os; os.environ["ADS_DAY"] = "2026-01-31"'; cat svc_ads/jobs/verify_auctions.py) | ./charla shell ads
"""

from svc_ads.workers.checking import verify_days

found = verify_days()
print(*found, sep="\n")
