"""Sending, reading, editing, deleting and forwarding."""

from __future__ import annotations

from typing import Any, Literal

from contracts.base import Page, ServiceError
from contracts.messaging import MAX_BATCH, EditView, EntityView, MessageView, SendItem, SendResult
from plumbing import checks
from plumbing.entities import checked_entities
from plumbing.identity import verify_user_token
from plumbing.rpc import rpc
from svc_messaging.actions import editing, forwarding, history, sending
from svc_messaging.actions.composing import Outgoing, compose
from svc_messaging.doors.base import Door


class Messages(Door):
    """The messages of conversations."""

    @rpc
    def send_many(self, *, items: list[SendItem]) -> list[SendResult]:
        """Send up to 64 messages of different people; each item has its own outcome."""
        composed = [_compose(item) for item in checks.a_list(items, "items", MAX_BATCH)]
        good = [each for each in composed if isinstance(each, Outgoing)]
        sent = iter(self.write(lambda session: sending.send_all(session, good)) if good else [])
        return [next(sent) if isinstance(each, Outgoing) else sending.error_result(each) for each in composed]

    @rpc
    def get_message(self, *, message_id: str) -> MessageView:
        """Return one message; a deleted one without its text."""
        me, message_id = self.me(), checks.an_id(message_id, "message_id")
        with self.db.reading() as session:
            return history.get_message(session, message_id, me)

    @rpc
    def list_thread(self, *, message_id: str, limit: int = 50, after_seq: int | None = None) -> list[MessageView]:
        """Return the replies in the thread that a message begins or belongs to."""
        me, message_id = self.me(), checks.an_id(message_id, "message_id")
        limit, after = checks.a_limit(limit), checks.an_optional_number(after_seq, "after_seq") or 0
        with self.db.reading() as session:
            return history.list_thread(session, message_id, me, limit, after)

    @rpc
    def edit_message(self, *, message_id: str, text: str, entities: list[EntityView] | None = None) -> MessageView:
        """Replace the text of one's own message; the earlier one is kept."""
        me, message_id = self.me(), checks.an_id(message_id, "message_id")
        text = checks.a_text(text, "text")
        checked = checked_entities(entities, text)
        return self.write(lambda session: editing.edit_message(session, message_id, me, text, checked))

    @rpc
    def list_edits(self, *, message_id: str) -> Page[EditView]:
        """Return the earlier texts of a message, the oldest first."""
        me, message_id = self.me(), checks.an_id(message_id, "message_id")
        with self.db.reading() as session:
            return {"items": history.list_edits(session, message_id, me), "next": None}

    @rpc
    def delete_message(self, *, message_id: str, scope: Literal["me", "all"] = "all") -> None:
        """Delete a message for oneself, or for everybody."""
        me, message_id = self.me(), checks.an_id(message_id, "message_id")
        if checks.one_of(scope, "scope", ("me", "all")) == "me":
            self.write(lambda session: editing.hide_message(session, message_id, me))
        else:
            self.write(lambda session: editing.delete_message(session, message_id, me))

    @rpc
    def forward_message(self, *, message_id: str, conversation_id: str, client_msg_id: str) -> SendResult:
        """Send a copy of a message that one can read to a conversation that one is in."""
        me, message_id = self.me(), checks.an_id(message_id, "message_id")
        target = checks.an_id(conversation_id, "conversation_id")
        key = checks.a_client_id(client_msg_id)
        return self.write(lambda session: forwarding.forward_message(session, message_id, me, target, key))


def _compose(item: Any) -> Outgoing | ServiceError:
    try:
        token = item.get("token") if isinstance(item, dict) else None
        return compose(item, verify_user_token(token).user_id)
    except ServiceError as error:
        return error
