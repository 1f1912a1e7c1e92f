"""Delete every message whose life is over, without waiting for the worker.

./charla shell messaging < svc_messaging/jobs/expire_messages.py
"""

from plumbing.database import transactions
from plumbing.push import Pusher
from plumbing.redis_client import new_redis
from plumbing.settings import settings
from svc_messaging import batches

count = batches.expire_messages(transactions(settings().database_url), Pusher(new_redis(settings().redis_url)))
print(f"{count} messages expired")
