"""Remove now what nobody holds or carries, and what a crash left; then compare the books with the storage.

./charla shell media < svc_media/jobs/collect_orphans.py
"""

from plumbing.database import transactions
from plumbing.push import Pusher
from plumbing.redis_client import new_redis
from plumbing.settings import settings
from svc_media.actions import accounting
from svc_media.options import options
from svc_media.storage import storage
from svc_media.workers.cleaning import collect, sweep

db = transactions(settings().database_url)
push = Pusher(new_redis(settings().redis_url))
print(collect(db, push, storage(), options().orphan_grace_s), sweep(db, storage(), options().orphan_grace_s))
print(accounting.report(db, storage()))
