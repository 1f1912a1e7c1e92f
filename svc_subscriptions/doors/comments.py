"""The comments of posts: conversations of svc_messaging."""

from __future__ import annotations

from plumbing import checks
from plumbing.rpc import rpc
from svc_subscriptions.actions import comments
from svc_subscriptions.commenting import Commenting
from svc_subscriptions.doors.base import Door


class Comments(Door, Commenting):
    """The way into the conversation below a post."""

    @rpc
    def join_comments(self, *, post_id: str) -> dict[str, str]:
        """Become a member of the conversation below a post: `{conversation_id}`."""
        me, post_id = self.me(), checks.an_id(post_id, "post_id")
        linked = self.write(lambda session: comments.begin_joining(session, post_id, me))
        if not linked.is_there:
            self.begin_conversation(linked)
        self.messaging.as_service().add_linked_member(conversation_id=linked.conversation_id, user_id=me)
        # Whoever left the channel meanwhile, or lost their access, may have been taken out before they were in.
        self.leave_conversations(linked.channel_id, me)
        self.leave_closed(me, "post", post_id)
        return {"conversation_id": linked.conversation_id}
