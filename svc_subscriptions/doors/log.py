"""Reading, catching up, and the log that anybody may replay."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from contracts.subscriptions import SubscriptionView
from plumbing import checks
from plumbing.rpc import rpc
from svc_subscriptions.actions import catching_up, collapse, log, reading
from svc_subscriptions.channel_views import subscription_view
from svc_subscriptions.doors.base import Door
from svc_subscriptions.telling import tell_unread

MAX_HEADS = 5_000


class Log(Door):
    """How clients, observers and the gateway catch up."""

    @rpc
    def mark_channel_read(self, *, channel_id: str, up_to_seq: int) -> SubscriptionView:
        """Note that one has read the log up to a number; each post counts one view of each person."""
        me, channel_id = self.me(), checks.an_id(channel_id, "channel_id")
        seq = checks.a_number(up_to_seq, "up_to_seq")

        def work(session: Session) -> tuple[SubscriptionView, int]:
            view = subscription_view(reading.mark_read(session, channel_id, me, seq))
            return view, collapse.mark_channel_read(session, me, channel_id, view["read_seq"])

        view, cleared = self.write(work)
        if cleared:
            tell_unread(self.db, self.push, [me])
        return view

    @rpc
    def list_log(self, *, channel_id: str, after_seq: int, limit: int = 200) -> dict[str, Any]:
        """Return `{items, seq, more}`: the entries after `after_seq` without a gap."""
        me, channel_id = self.me(), checks.an_id(channel_id, "channel_id")
        after, limit = checks.a_number(after_seq, "after_seq"), checks.a_limit(limit, 500)
        with self.db.reading() as session:
            items, seq, more = log.list_log(session, channel_id, me, after, limit)
        return {"items": items, "seq": seq, "more": more}

    @rpc
    def sync_channels(self, *, heads: dict[str, int]) -> dict[str, Any]:
        """Return `{items}`: which of one's channels differ from `heads`, which maps ids to `seq`."""
        me, known = self.me(), checks.versions(heads, "heads", MAX_HEADS)
        with self.db.reading() as session:
            return {"items": catching_up.sync_channels(session, me, known)}

    @rpc
    def list_my_channel_ids(self) -> list[str]:
        """Return the ids of all channels that one follows."""
        me = self.me()
        with self.db.reading() as session:
            return catching_up.list_my_channel_ids(session, me)

    @rpc
    def list_channel_access_removed(self, *, since: str) -> list[dict[str, str]]:
        """Return who no longer follows what, from 10 s before `since`; for the gateway alone."""
        self.caller.service("gateway")
        moment = checks.a_moment(since, "since")
        with self.db.reading() as session:
            return catching_up.list_access_removed(session, moment)
