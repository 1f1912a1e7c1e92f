"""What all doors of svc_subscriptions share: the dependencies, and who calls."""

from __future__ import annotations

from plumbing.database import Database
from plumbing.doors import Writing
from plumbing.push import Push
from plumbing.rpc import Caller
from svc_subscriptions.models import Base


class Door(Writing):
    """Base of the mixins that make up `SubscriptionsService`."""

    db = Database(Base)
    push = Push()
    caller = Caller()

    def me(self) -> str:
        """Return the id of the person who calls.

        Raises:
            Unauthenticated: Nobody does.
        """
        return self.caller.user().user_id
