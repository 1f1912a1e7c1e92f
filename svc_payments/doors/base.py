"""What all doors of svc_payments share: the dependencies, and who calls."""

from __future__ import annotations

from typing import Any

from plumbing.database import Database
from plumbing.doors import Called, Writing
from plumbing.push import Push
from plumbing.rpc import Caller, ServiceRpc
from svc_payments.models import Base
from svc_payments.providers import PaymentsProvider


class Door(Called, Writing):
    """Base of the mixins that make up `PaymentsService`."""

    db: Any = Database(Base)
    push: Any = Push()
    caller: Any = Caller()
    provider: Any = PaymentsProvider()
    messaging: Any = ServiceRpc("messaging")
    subscriptions: Any = ServiceRpc("subscriptions")
