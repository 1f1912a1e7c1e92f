"""What svc_payments asks before it renews what somebody pays for a channel."""

from __future__ import annotations

from plumbing import checks
from plumbing.rpc import rpc
from svc_subscriptions.actions import carrying
from svc_subscriptions.doors.base import Door

#: Who may ask.
ASKING = ("payments",)
MAX_ASKED = 500


class Selling(Door):
    """For services alone, by their own token."""

    @rpc
    def find_channel_owners(self, *, channel_ids: list[str]) -> list[dict[str, str]]:
        """Return `{channel_id, owner_id}` of those of the channels that are still there."""
        self.caller.service(*ASKING)
        asked = checks.ids(channel_ids, "channel_ids", MAX_ASKED)
        with self.db.reading() as session:
            return [{"channel_id": row.id, "owner_id": row.owner_id} for row in carrying.owned(session, asked)]
