"""Process again all media that failed through our fault, e.g. after a mistake in the processing was mended.

./charla shell media < svc_media/jobs/reprocess.py
"""

from plumbing.database import transactions
from plumbing.push import Pusher
from plumbing.redis_client import new_redis
from plumbing.settings import settings
from svc_media.actions.retrying import retry_all

count = retry_all(transactions(settings().database_url), Pusher(new_redis(settings().redis_url)))
print(f"{count} media queued again")
