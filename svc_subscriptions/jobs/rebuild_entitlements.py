"""Ask svc_payments anew who may read what, and mend what differs.

./charla shell subscriptions < svc_subscriptions/jobs/rebuild_entitlements.py
"""

from plumbing.caller import RpcCaller
from plumbing.database import transactions
from plumbing.rpc import ServiceClient
from plumbing.settings import settings
from svc_subscriptions.rebuilding import rebuild

caller = RpcCaller(settings().amqp_uri, "rebuild_entitlements")
caller.start()
count = rebuild(transactions(settings().database_url), ServiceClient(caller, "payments").as_service())
caller.stop()
print(f"{count} entitlements mended")
