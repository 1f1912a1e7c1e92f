"""Drafts on all devices of a person."""

from __future__ import annotations

from contracts.base import Page
from contracts.messaging import DraftView, EntityView
from plumbing import checks
from plumbing.entities import checked_entities
from plumbing.rpc import rpc
from svc_messaging.actions import drafts
from svc_messaging.doors.base import Door


class Drafts(Door):
    """What people began to write."""

    @rpc
    def put_draft(
        self, *, conversation_id: str, text: str, entities: list[EntityView] | None = None, reply_to: str | None = None
    ) -> DraftView:
        """Keep what the caller began to write in a conversation."""
        me, conversation_id = self.me(), checks.an_id(conversation_id, "conversation_id")
        text, reply_to = checks.a_text(text, "text"), checks.an_optional_id(reply_to, "reply_to")
        checked = checked_entities(entities, text)
        return self.write(
            lambda session: drafts.draft_view(drafts.put_draft(session, me, conversation_id, text, checked, reply_to))
        )

    @rpc
    def delete_draft(self, *, conversation_id: str) -> None:
        """Forget the caller's draft in a conversation."""
        me, conversation_id = self.me(), checks.an_id(conversation_id, "conversation_id")
        self.write(lambda session: drafts.delete_draft(session, me, conversation_id))

    @rpc
    def list_drafts(self) -> Page[DraftView]:
        """Return the caller's drafts, the latest first."""
        me = self.me()
        with self.db.reading() as session:
            return {"items": [drafts.draft_view(each) for each in drafts.list_drafts(session, me)], "next": None}
