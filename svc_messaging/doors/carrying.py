"""What the owners of what messages carry ask before they show it."""

from __future__ import annotations

from plumbing import checks
from plumbing.rpc import rpc
from svc_messaging.actions import carrying
from svc_messaging.doors.base import Door

#: Who may ask about other people.
ASKING = ("media",)
MAX_MESSAGES = 500


class Carrying(Door):
    """For services alone, by their own token."""

    @rpc
    def find_readable_messages(self, *, user_id: str, message_ids: list[str]) -> list[str]:
        """Return those of the messages that somebody may read now."""
        self.caller.service(*ASKING)
        user_id, asked = checks.an_id(user_id, "user_id"), checks.ids(message_ids, "message_ids", MAX_MESSAGES)
        with self.db.reading() as session:
            return carrying.readable_messages(session, user_id, asked)
