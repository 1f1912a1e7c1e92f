"""What all doors of svc_ads share: the dependencies, and who calls."""

from __future__ import annotations

from typing import Any

from contracts.base import Forbidden
from plumbing.database import Database
from plumbing.doors import Called, Writing
from plumbing.push import Push
from plumbing.rpc import Caller, ServiceRpc
from svc_ads.models import Base

MODERATORS = frozenset({"moderator", "admin"})


class ModeratorsOnly(Forbidden):
    """The caller's token has no moderator's role."""

    code = "moderators_only"
    detail = "Only the platform's moderators may do that."


class Door(Called, Writing):
    """Base of the mixins that make up `AdsService`."""

    db: Any = Database(Base)
    push: Any = Push()
    caller: Any = Caller()
    payments: Any = ServiceRpc("payments")
    subscriptions: Any = ServiceRpc("subscriptions")
    media: Any = ServiceRpc("media")

    def moderator(self) -> str:
        """Return the id of the caller, who moderates the platform.

        Raises:
            Unauthenticated: Nobody calls.
            ModeratorsOnly: They do not.
        """
        who = self.caller.user()
        if not MODERATORS & set(who.roles):
            raise ModeratorsOnly
        user_id: str = who.user_id
        return user_id
