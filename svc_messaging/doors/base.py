"""What all doors of svc_messaging share: the dependencies, and who calls."""

from __future__ import annotations

from plumbing.database import Database
from plumbing.doors import Called, Writing
from plumbing.push import Push
from plumbing.rpc import Caller, ServiceRpc
from svc_messaging.models import Base


class Door(Called, Writing):
    """Base of the mixins that make up `MessagingService`."""

    db = Database(Base)
    push = Push()
    caller = Caller()
    auth = ServiceRpc("auth")
