"""What all doors of svc_media share: the dependencies, who calls, and what they may read."""

from __future__ import annotations

from typing import Any

from contracts.base import Forbidden
from plumbing.database import Database
from plumbing.doors import Called, Writing
from plumbing.push import Push
from plumbing.rpc import Caller, ServiceRpc
from svc_media.actions.access import Access
from svc_media.models import Base
from svc_media.providers import Answers


class Door(Called, Writing):
    """Base of the mixins that make up `MediaService`."""

    db: Any = Database(Base)
    push: Any = Push()
    caller: Any = Caller()
    messaging: Any = ServiceRpc("messaging")
    subscriptions: Any = ServiceRpc("subscriptions")
    ads: Any = ServiceRpc("ads")
    answers: Any = Answers()

    def demand_admin(self) -> None:
        """Demand that one of the platform's admins calls.

        Raises:
            Unauthenticated: Nobody calls.
            Forbidden: Somebody else does.
        """
        if "admin" not in self.caller.user().roles:
            raise Forbidden

    def access(self) -> Access:
        """Return who knows who may read what."""
        others = (self.messaging.as_service(), self.subscriptions.as_service(), self.ads.as_service())
        return Access(self.db, *others, self.answers)
