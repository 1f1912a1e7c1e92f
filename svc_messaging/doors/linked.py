"""Conversations that another service links to something of its own."""

from __future__ import annotations

from plumbing import checks
from plumbing.rpc import rpc
from svc_messaging.actions import linked
from svc_messaging.doors.base import Door

#: Who may link conversations.
LINKING = ("subscriptions",)


class Linked(Door):
    """For services alone, by their own token."""

    @rpc
    def create_linked_conversation(self, *, conversation_id: str, owner_id: str, title: str) -> None:
        """Begin a group under an id that the calling service chose; idempotent."""
        self.caller.service(*LINKING)
        conversation_id, owner_id = checks.an_id(conversation_id, "conversation_id"), checks.an_id(owner_id, "owner_id")
        title = checks.a_text(title, "title", 200)
        self.write(lambda session: linked.create_linked(session, conversation_id, owner_id, title))

    @rpc
    def add_linked_member(self, *, conversation_id: str, user_id: str) -> None:
        """Let somebody into a linked conversation; idempotent."""
        self.caller.service(*LINKING)
        conversation_id, user_id = checks.an_id(conversation_id, "conversation_id"), checks.an_id(user_id, "user_id")
        self.write(lambda session: linked.add_linked_member(session, conversation_id, user_id))

    @rpc
    def remove_linked_member(self, *, conversation_id: str, user_id: str) -> None:
        """Take somebody out of a linked conversation; idempotent."""
        self.caller.service(*LINKING)
        conversation_id, user_id = checks.an_id(conversation_id, "conversation_id"), checks.an_id(user_id, "user_id")
        self.write(lambda session: linked.remove_linked_member(session, conversation_id, user_id))
