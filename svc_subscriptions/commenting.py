"""What a door and the worker ask of svc_messaging for the comments of posts; each may be repeated."""

from __future__ import annotations

from typing import Any

from contracts.base import NotFound
from plumbing.doors import Writing
from plumbing.rpc import ServiceRpc
from svc_subscriptions.actions import comments, entitlements


class Commenting(Writing):
    """Mixin of those who have a way to svc_messaging."""

    messaging: Any = ServiceRpc("messaging")

    def begin_conversation(self, linked: comments.Linked) -> None:
        """Begin the conversation below a post and note that it is there."""
        self.messaging.as_service().create_linked_conversation(
            conversation_id=linked.conversation_id, owner_id=linked.owner_id, title=linked.title
        )
        self.write(lambda session: comments.note_linked(session, linked))

    def leave_conversations(self, channel_id: str, user_id: str) -> None:
        """Take somebody who no longer follows the channel out of the comments of all its posts."""
        with self.db.reading() as session:
            joined = comments.joined_by(session, channel_id, user_id)
        for conversation_id in joined:
            self._leave(channel_id, user_id, conversation_id)

    def leave_closed(self, user_id: str, subject_kind: str, subject_id: str) -> None:
        """Take somebody out of the comments below posts that they have not paid for any more."""
        with self.db.reading() as session:
            closed = entitlements.closed_comments(session, user_id, subject_kind, subject_id)
        for channel_id, conversation_id in closed:
            self._leave(channel_id, user_id, conversation_id)

    def _leave(self, channel_id: str, user_id: str, conversation_id: str) -> None:
        self._take_out(conversation_id, user_id)
        place = {"channel_id": channel_id, "user_id": user_id, "conversation_id": conversation_id}
        self.write(lambda session: comments.forget_joined(session, **place))

    def _take_out(self, conversation_id: str, user_id: str) -> None:
        try:
            self.messaging.as_service().remove_linked_member(conversation_id=conversation_id, user_id=user_id)
        except NotFound:
            return  # it was never begun, or is gone
