"""What all doors of svc_media share: the dependencies, who calls, and what they may read."""

from __future__ import annotations

from typing import Any

from contracts.base import Forbidden
from plumbing.database import Database
from plumbing.doors import Writing
from plumbing.push import Push
from plumbing.rpc import Caller, ServiceRpc
from svc_media.actions.access import Access
from svc_media.models import Base
from svc_media.providers import Answers


class Door(Writing):
    """Base of the mixins that make up `MediaService`."""

    db: Any = Database(Base)
    push: Any = Push()
    caller: Any = Caller()
    messaging: Any = ServiceRpc("messaging")
    subscriptions: Any = ServiceRpc("subscriptions")
    answers: Any = Answers()

    def me(self) -> str:
        """Return the id of the person who calls.

        Raises:
            Unauthenticated: Nobody does.
        """
        user_id: str = self.caller.user().user_id
        return user_id

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
        return Access(self.db, self.messaging.as_service(), self.subscriptions.as_service(), self.answers)
