"""How clients and the gateway catch up."""

from __future__ import annotations

from typing import Any

from contracts.messaging import AccessRemovedView
from plumbing import checks
from plumbing.rpc import rpc
from svc_messaging.actions import catching_up, changes
from svc_messaging.doors.base import Door

MAX_HEADS = 5_000


class Live(Door):
    """The log of changes and the state of clients."""

    @rpc
    def list_changes(self, *, conversation_id: str, after_ver: int, limit: int = 200) -> dict[str, Any]:
        """Return `{items, ver, more}`: the durable changes after `after_ver` without a gap.

        With `reset` where there never were so many: older data was restored.
        """
        me = self.me()
        conversation_id = checks.an_id(conversation_id, "conversation_id")
        after, limit = checks.a_number(after_ver, "after_ver"), checks.a_limit(limit, 500)
        with self.db.reading() as session:
            items, ver, more = changes.list_changes(session, conversation_id, me, after, limit)
        return {"items": items, "ver": ver, "more": more, **({"reset": True} if after > ver else {})}

    @rpc
    def sync(self, *, heads: dict[str, int]) -> dict[str, Any]:
        """Return `{items}`: which of one's conversations differ from `heads`, which maps ids to `ver`."""
        me = self.me()
        known = checks.versions(heads, "heads", MAX_HEADS)
        with self.db.reading() as session:
            return {"items": catching_up.sync(session, me, known)}

    @rpc
    def list_my_conversation_ids(self) -> list[str]:
        """Return the ids of all of one's conversations."""
        me = self.me()
        with self.db.reading() as session:
            return catching_up.list_my_conversation_ids(session, me)

    @rpc
    def list_access_removed(self, *, since: str) -> list[AccessRemovedView]:
        """Return whose access ended since 10 s before `since`; for the gateway alone."""
        self.caller.service("gateway")
        moment = checks.a_moment(since, "since")
        with self.db.reading() as session:
            return catching_up.list_access_removed(session, moment)
