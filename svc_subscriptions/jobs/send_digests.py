"""Send the e-mail digests that are due, without waiting for the worker.

./charla shell subscriptions < svc_subscriptions/jobs/send_digests.py
"""

from plumbing.database import transactions
from plumbing.settings import settings
from svc_subscriptions import mailing, providers

count = mailing.send_due(transactions(settings().database_url), providers.smtp_mailer())
print(f"{count} digests sent")
