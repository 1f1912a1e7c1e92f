"""Settle now what was billed: ./charla shell ads < svc_ads/jobs/settle_views.py."""

from plumbing.database import transactions
from plumbing.settings import settings
from svc_ads.workers.settling import close_leases, settle_views

db = transactions(settings().database_url)
print(f"{close_leases(db)} leases closed, {settle_views(db)} views settled")
