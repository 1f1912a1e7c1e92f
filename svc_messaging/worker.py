"""What svc_messaging does on its own: the index of words, and what waits for a time to come."""

from __future__ import annotations

from contracts.messaging import MessageCreated, MessageDeleted, MessageEdited
from plumbing.database import Database
from plumbing.health import Health
from plumbing.inbox import forget_handled, inbox_once
from plumbing.observer import observes
from plumbing.push import Push
from plumbing.timers import every
from svc_messaging import batches
from svc_messaging.actions import searching
from svc_messaging.models import Base

A_SECOND = 1.0
A_DAY = 24 * 3600.0


class MessagingWorker:
    """Observes messages to keep `message_search`, and does what is due."""

    name = "messaging_worker"
    db = Database(Base)
    push = Push()
    health = Health()

    @observes(MessageCreated)
    def on_message_created(self, event: MessageCreated) -> None:
        """Make a new message findable."""
        self._index("index_created", event)

    @observes(MessageEdited)
    def on_message_edited(self, event: MessageEdited) -> None:
        """Make an edited message findable by its new words alone."""
        self._index("index_edited", event)

    @observes(MessageDeleted)
    def on_message_deleted(self, event: MessageDeleted) -> None:
        """Make a deleted message unfindable."""
        self._index("index_deleted", event)

    @every(A_SECOND, lock="send_scheduled")
    def send_scheduled(self) -> None:
        """Send the scheduled messages whose time has come."""
        batches.send_scheduled(self.db, self.push)

    @every(A_SECOND, lock="expire_messages")
    def expire_messages(self) -> None:
        """Delete the messages whose life is over."""
        batches.expire_messages(self.db, self.push)

    @every(A_SECOND, lock="close_polls")
    def close_polls(self) -> None:
        """Close the polls whose time is over."""
        batches.close_polls(self.db, self.push)

    @every(A_DAY, lock="forget_handled")
    def forget_handled(self) -> None:
        """Forget which events were handled so long ago that they cannot come again."""
        with self.db.transaction() as session:
            forget_handled(session)

    def _index(self, consumer: str, event: MessageCreated | MessageEdited | MessageDeleted) -> None:
        """Index a message as it is now, which is right in whatever order its events come."""
        with self.db.transaction() as session:
            if inbox_once(session, consumer, event.event_id):
                searching.index_message(session, event.conversation_id, event.message_id)
