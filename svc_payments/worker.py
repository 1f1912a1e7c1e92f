"""What svc_payments does on its own. Its timers and observers are in `workers/`, one file a topic."""

from __future__ import annotations

from typing import Any

from plumbing.database import Database
from plumbing.erasures import Erasing
from plumbing.health import Health
from plumbing.push import Push
from svc_payments.actions import looking_at_payouts  # noqa: F401 - adds kinds of webhooks
from svc_payments.actions.erasing import erasures
from svc_payments.models import Base
from svc_payments.workers.calling import Calling
from svc_payments.workers.checking import Checking
from svc_payments.workers.checkpoints import Checkpoints
from svc_payments.workers.entitling import Entitling
from svc_payments.workers.receiving import Receiving
from svc_payments.workers.reconciling import Reconciling
from svc_payments.workers.renewing import Renewing
from svc_payments.workers.sharing import Sharing


class PaymentsWorker(
    Calling,
    Receiving,
    Reconciling,
    Renewing,
    Entitling,
    Sharing,
    Erasing,
    Checkpoints,
    Checking,
):
    """Talks with the provider where nobody waits, does what is due, and keeps the ledger quick to read and right."""

    name = "payments_worker"
    db: Any = Database(Base)
    push: Any = Push()
    health = Health()
    erasures = erasures
