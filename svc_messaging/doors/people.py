"""Blocks between people, and reports to the platform's moderators."""

from __future__ import annotations

from typing import Literal

from contracts.base import Forbidden, Page
from contracts.clock import rfc3339
from contracts.messaging import BlockView, ReportedView, ReportView, UnknownPerson
from plumbing import checks
from plumbing.idempotency import once
from plumbing.rpc import rpc
from svc_messaging.actions import blocks, reports
from svc_messaging.doors.base import Door
from svc_messaging.models import Block

MODERATORS = frozenset({"moderator", "admin"})
PAGE_OF_BLOCKS = 1_000


class ModeratorsOnly(Forbidden):
    """The caller's token has no moderator's role."""

    code = "moderators_only"
    detail = "Only the platform's moderators may do that."


class People(Door):
    """Who may not write to whom, and who complains about what."""

    @rpc
    def block_user(self, *, user_id: str) -> BlockView:
        """Block a person: no direct messages either way, and no adding to groups."""
        me, user_id = self.me(), checks.an_id(user_id, "user_id")
        if not self.auth.find_users(user_ids=[user_id]):
            raise UnknownPerson
        return self.write(lambda session: _block_view(blocks.block(session, me, user_id)))

    @rpc
    def unblock_user(self, *, user_id: str) -> None:
        """End a block."""
        me, user_id = self.me(), checks.an_id(user_id, "user_id")
        self.write(lambda session: blocks.unblock(session, me, user_id))

    @rpc
    def list_blocked(self) -> Page[BlockView]:
        """Return whom the caller blocked."""
        me = self.me()
        with self.db.reading() as session:
            found = blocks.list_blocks(session, me, PAGE_OF_BLOCKS, None)
            return {"items": [_block_view(each) for each in found], "next": None}

    @rpc
    def create_report(
        self,
        *,
        conversation_id: str,
        reason: str,
        note: str = "",
        message_id: str | None = None,
        user_id: str | None = None,
    ) -> ReportView:
        """Report a message or a person of a conversation that the caller is in."""
        me, conversation_id = self.me(), checks.an_id(conversation_id, "conversation_id")
        reason, note = checks.one_of(reason, "reason", reports.REASONS), checks.a_text(note, "note", reports.MAX_NOTE)
        about = checks.an_optional_id(message_id, "message_id"), checks.an_optional_id(user_id, "user_id")
        request = ["create_report", conversation_id, reason, note, *about]
        return self.write(
            lambda session: once(
                session,
                me,
                request,
                lambda: reports.report_view(reports.create_report(session, me, conversation_id, reason, note, *about)),
            )
        )

    @rpc
    def list_reports(self, *, state: str = "open", limit: int = 50, after: str | None = None) -> Page[ReportView]:
        """Return reports for the platform's moderators, the oldest first."""
        self._moderator()
        state, limit = checks.one_of(state, "state", reports.STATES), checks.a_limit(limit)
        place = checks.from_cursor(after, str)
        start = checks.an_id(place[0], "after") if place else None
        with self.db.reading() as session:
            found = [reports.report_view(each) for each in reports.list_reports(session, state, limit + 1, start)]
        return {
            "items": found[:limit],
            "next": checks.to_cursor(found[limit - 1]["id"]) if len(found) > limit else None,
        }

    @rpc
    def get_report(self, *, report_id: str) -> ReportedView:
        """Return a report and what it is about, for the platform's moderators."""
        self._moderator()
        report_id = checks.an_id(report_id, "report_id")
        with self.db.reading() as session:
            return reports.look_into(session, report_id)

    @rpc
    def resolve_report(self, *, report_id: str, state: Literal["resolved", "dismissed"]) -> ReportView:
        """Settle a report."""
        me, report_id = self._moderator(), checks.an_id(report_id, "report_id")
        wanted = checks.one_of(state, "state", ("resolved", "dismissed"))
        return self.write(lambda session: reports.report_view(reports.resolve_report(session, me, report_id, wanted)))

    def _moderator(self) -> str:
        """Return the id of the calling moderator.

        Raises:
            ModeratorsOnly: The caller's token has no such role.
        """
        caller = self.caller.user()
        if MODERATORS.isdisjoint(caller.roles):
            raise ModeratorsOnly
        return caller.user_id


def _block_view(block: Block) -> BlockView:
    return {"user_id": block.blocked_id, "created_at": rfc3339(block.created_at)}
