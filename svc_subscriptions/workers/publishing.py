"""What comes due in channels: scheduled posts, conversations for comments, and clearing away."""

from __future__ import annotations

from typing import Any

from contracts.base import ServiceError
from contracts.subscriptions import ChannelUnsubscribed
from plumbing.inbox import forget_handled
from plumbing.logs import get_logger
from plumbing.observer import observes
from plumbing.timers import every
from svc_subscriptions.actions import channels, clearing, comments, scheduling, searching
from svc_subscriptions.commenting import Commenting

log = get_logger(__name__)

A_SECOND = 1.0
A_MINUTE = 60.0
A_DAY = 24 * 3600.0
BATCH = 100
CLEARED_AT_ONCE = 500


class Publishing(Commenting):
    """Timers of channels and posts; each fires in one replica at a time."""

    @every(A_SECOND, lock="publish_scheduled")
    def publish_scheduled(self) -> None:
        """Publish the posts whose time has come."""
        with self.db.reading() as session:
            due = scheduling.due_posts(session, BATCH)
        for key in due:
            self._alone(key, lambda session, key=key: scheduling.publish_due(session, key))

    @every(A_SECOND, lock="begin_comments")
    def begin_comments(self) -> None:
        """Begin the conversations that posts wait for; while svc_messaging is away they go on waiting."""
        with self.db.reading() as session:
            wanted = comments.awaiting(session, BATCH)
        for linked in wanted:
            try:
                self.begin_conversation(linked)
            except ServiceError as error:
                log.warning("comments_not_begun", post_id=linked.conversation_id, code=error.code)
                return

    @every(A_MINUTE, lock="refresh_popularity")
    def refresh_popularity(self) -> None:
        """Bring the order of the directory of channels up to date."""
        self.write(searching.refresh_popularity)

    @every(A_SECOND, lock="clear_channels")
    def clear_channels(self) -> None:
        """Clear away a part of what belonged to channels that ended."""
        with self.db.reading() as session:
            ended = channels.get_deleted(session, BATCH)
        for channel_id in ended:
            self._alone(
                channel_id, lambda session, gone=channel_id: clearing.clear_channel(session, gone, CLEARED_AT_ONCE)
            )

    @every(A_DAY, lock="forget_handled")
    def forget_handled(self) -> None:
        """Forget which events were handled, and whose access ended, so long ago that nobody asks."""
        self.write(forget_handled)
        self.write(clearing.forget_removals)

    @observes(ChannelUnsubscribed)
    def on_channel_unsubscribed(self, event: ChannelUnsubscribed) -> None:
        """Take a person who no longer follows a channel out of the comments below its posts; repeatable."""
        self.leave_conversations(event.channel_id, event.user_id)

    def _alone(self, what: object, work: Any) -> None:
        """Do `work` in a transaction of its own, so that one that fails stops no other."""
        try:
            self.write(work)
        except Exception:
            log.exception("batch_item_failed", item=str(what))
