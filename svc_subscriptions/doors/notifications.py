"""A person's list of what happened."""

from __future__ import annotations

from contracts.base import Invalid
from contracts.subscriptions import NotificationPage
from plumbing import checks
from plumbing.rpc import rpc
from svc_subscriptions.actions import collapse, notifying
from svc_subscriptions.doors.base import Door
from svc_subscriptions.recent_reads import Reads
from svc_subscriptions.telling import tell_unread

MAX_IDS = 200


class Notifications(Door):
    """The list, and reading it: on one device as on all of them."""

    reads = Reads()

    @rpc
    def list_notifications(
        self, *, limit: int = 50, after: str | None = None, unread_only: bool = False
    ) -> NotificationPage:
        """Return one's list, the newest first; unread lines about the same are one, with a count."""
        me, limit, unread_only = self.me(), checks.a_limit(limit), checks.a_flag(unread_only, "unread_only")
        place = checks.from_cursor(after, str)
        before = None if place is None else checks.an_id(place[0], "after")
        with self.db.reading() as session:
            # One moment for both, or a line that comes between them would be counted and not listed.
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            rows = collapse.list_lines(session, me, limit + 1, before, unread_only=unread_only)
            unread = notifying.count_unread(session, me)
        items = [collapse.line_view(row) for row in rows[:limit]]
        following = checks.to_cursor(items[-1]["id"]) if len(rows) > limit else None
        return {"items": items, "next": following, "unread": unread}

    @rpc
    def mark_notifications_read(self, *, ids: list[str] | None = None, up_to: str | None = None) -> dict[str, int]:
        """Mark lines read: those of `ids`, or all up to the line `up_to`, or all; return `{unread}`."""
        me = self.me()
        if ids is not None and up_to is not None:
            raise Invalid("Give ids or up_to, not both.", field="up_to")
        chosen = None if ids is None else checks.ids(ids, "ids", MAX_IDS)
        last = checks.an_optional_id(up_to, "up_to")
        return self._marked(me, self.write(lambda session: collapse.mark_read(session, me, chosen, last)))

    @rpc
    def mark_conversation_read(self, *, conversation_id: str, up_to_seq: int) -> dict[str, int]:
        """Mark what was told of a conversation read, since one has read it there; return `{unread}`."""
        me, conversation_id = self.me(), checks.an_id(conversation_id, "conversation_id")
        seq = checks.a_number(up_to_seq, "up_to_seq")
        # Before the lines are looked at: one that is written meanwhile finds the note (`Listening`).
        self.reads.note(conversation_id, me, seq)
        marked = self.write(lambda session: collapse.mark_conversation_read(session, me, conversation_id, seq))
        return self._marked(me, marked)

    def _marked(self, user_id: str, marked: int) -> dict[str, int]:
        if marked:
            tell_unread(self.db, self.push, [user_id])
        with self.db.reading() as session:
            return {"unread": notifying.count_unread(session, user_id)}
