"""Have all public channels compared with what svc_subscriptions says of them: the worker begins within 10 s.

./charla shell ads < svc_ads/jobs/rebuild_channels.py
"""

from plumbing.database import transactions
from plumbing.settings import settings
from svc_ads.workers.asking import begin_again

begin_again(transactions(settings().database_url, 1), "channels_listed", "channels_known")
print("the worker compares all channels now")
