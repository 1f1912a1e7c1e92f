"""How far people have read and received."""

from __future__ import annotations

from contracts.messaging import MySettingsView, ReceiptCounts
from plumbing import checks
from plumbing.rpc import rpc
from svc_messaging.actions import receipts
from svc_messaging.conversation_views import settings_view
from svc_messaging.doors.base import Door


class Receipts(Door):
    """Marks that only move forward, but for the one that says "still unread"."""

    @rpc
    def mark_read(self, *, conversation_id: str, up_to_seq: int, private: bool = False) -> MySettingsView:
        """Note that the caller has read everything up to a message; in private nobody else hears of it."""
        me, conversation_id = self.me(), checks.an_id(conversation_id, "conversation_id")
        mark, private = checks.a_number(up_to_seq, "up_to_seq"), checks.a_flag(private, "private")
        return self.write(
            lambda session: settings_view(receipts.mark_read(session, me, conversation_id, mark, private=private))
        )

    @rpc
    def mark_delivered(self, *, conversation_id: str, up_to_seq: int) -> None:
        """Note that a device of the caller has everything up to a message."""
        me, conversation_id = self.me(), checks.an_id(conversation_id, "conversation_id")
        mark = checks.a_number(up_to_seq, "up_to_seq")
        self.write(lambda session: receipts.mark_delivered(session, me, conversation_id, mark))

    @rpc
    def count_receipts(self, *, message_id: str) -> ReceiptCounts:
        """Return how many of the others have read and received a message."""
        me, message_id = self.me(), checks.an_id(message_id, "message_id")
        with self.db.reading() as session:
            return receipts.count_receipts(session, message_id, me)

    @rpc
    def mark_unread(self, *, conversation_id: str) -> MySettingsView:
        """Show the conversation to the caller as unread until they open it."""
        me, conversation_id = self.me(), checks.an_id(conversation_id, "conversation_id")
        return self.write(lambda session: settings_view(receipts.mark_unread(session, me, conversation_id)))
