"""Pinned messages."""

from __future__ import annotations

from contracts.messaging import MessageView
from plumbing import checks
from plumbing.rpc import rpc
from svc_messaging import views
from svc_messaging.actions import pins
from svc_messaging.doors.base import Door


class Pins(Door):
    """The messages that a conversation keeps at hand."""

    @rpc
    def pin_message(self, *, message_id: str) -> MessageView:
        """Pin a message: for moderators in groups, for both in a direct conversation."""
        me, message_id = self.me(), checks.an_id(message_id, "message_id")
        return self.write(
            lambda session: views.message_views(session, [pins.pin_message(session, me, message_id)], me)[0]
        )

    @rpc
    def unpin_message(self, *, message_id: str) -> MessageView:
        """Unpin a message."""
        me, message_id = self.me(), checks.an_id(message_id, "message_id")
        return self.write(
            lambda session: views.message_views(session, [pins.unpin_message(session, me, message_id)], me)[0]
        )

    @rpc
    def list_pins(self, *, conversation_id: str) -> list[MessageView]:
        """Return the pinned messages, the latest pin first."""
        me, conversation_id = self.me(), checks.an_id(conversation_id, "conversation_id")
        with self.db.reading() as session:
            return views.message_views(session, pins.list_pins(session, me, conversation_id), me)
