"""Messages that wait for their time. They are made by `send_many`, with `send_at`."""

from __future__ import annotations

from contracts.base import Page
from contracts.messaging import ScheduledView
from plumbing import checks
from plumbing.rpc import rpc
from svc_messaging.actions import scheduling
from svc_messaging.actions.sending import scheduled_view
from svc_messaging.doors.base import Door


class Scheduled(Door):
    """What the caller will have said."""

    @rpc
    def list_scheduled(self, *, conversation_id: str | None = None) -> Page[ScheduledView]:
        """Return the caller's waiting messages, the next first."""
        me, conversation_id = self.me(), checks.an_optional_id(conversation_id, "conversation_id")
        with self.db.reading() as session:
            found = scheduling.list_scheduled(session, me, conversation_id)
            return {"items": [scheduled_view(each) for each in found], "next": None}

    @rpc
    def cancel_scheduled(self, *, scheduled_id: str) -> None:
        """Call off a waiting message."""
        me, scheduled_id = self.me(), checks.an_id(scheduled_id, "scheduled_id")
        self.write(lambda session: scheduling.cancel_scheduled(session, me, scheduled_id))
