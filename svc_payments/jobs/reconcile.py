"""Compare the provider's books with ours for the last forty days, and mend what differs.

./charla shell payments < svc_payments/jobs/reconcile.py
"""

from svc_payments.jobs.desk import JobDesk
from svc_payments.workers.reconciling import run

found = run(JobDesk(), thorough=True)
print(found or "The provider does not answer.")
