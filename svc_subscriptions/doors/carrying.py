"""What the owners of what posts carry ask before they show it."""

from __future__ import annotations

from plumbing import checks
from plumbing.rpc import rpc
from svc_subscriptions.actions import carrying
from svc_subscriptions.doors.base import Door

#: Who may ask about other people.
ASKING = ("media",)
MAX_ASKED = 500


class Carrying(Door):
    """For services alone, by their own token."""

    @rpc
    def find_readable_posts(self, *, user_id: str, post_ids: list[str]) -> list[str]:
        """Return those of the posts that somebody may read now."""
        self.caller.service(*ASKING)
        user_id, asked = checks.an_id(user_id, "user_id"), checks.ids(post_ids, "post_ids", MAX_ASKED)
        with self.db.reading() as session:
            return carrying.readable_posts(session, user_id, asked)

    @rpc
    def find_readable_channels(self, *, user_id: str, channel_ids: list[str]) -> list[str]:
        """Return those of the channels that somebody may know now."""
        self.caller.service(*ASKING)
        user_id, asked = checks.an_id(user_id, "user_id"), checks.ids(channel_ids, "channel_ids", MAX_ASKED)
        with self.db.reading() as session:
            return carrying.readable_channels(session, user_id, asked)
