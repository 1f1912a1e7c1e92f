"""What svc_messaging does on its own: the index of words, and what waits for a time to come."""

from __future__ import annotations

from contracts.messaging import MessageCreated, MessageDeleted, MessageEdited
from plumbing.database import Database
from plumbing.health import Health
from plumbing.observer import observes
from plumbing.push import Push
from plumbing.timers import every
from svc_messaging import batches
from svc_messaging.index_queue import Indexing
from svc_messaging.models import Base

A_SECOND = 1.0


class MessagingWorker:
    """Observes messages to keep `message_search`, and does what is due.

    Its observers need no `inbox_once`: they index a message as it is now, however often they are told.
    """

    name = "messaging_worker"
    db = Database(Base)
    push = Push()
    indexing = Indexing()
    health = Health()

    @observes(MessageCreated)
    def on_message_created(self, event: MessageCreated) -> None:
        """Make a new message findable."""
        self.indexing.index(event.conversation_id, event.message_id)

    @observes(MessageEdited)
    def on_message_edited(self, event: MessageEdited) -> None:
        """Make an edited message findable by its new words alone."""
        self.indexing.index(event.conversation_id, event.message_id)

    @observes(MessageDeleted)
    def on_message_deleted(self, event: MessageDeleted) -> None:
        """Make a deleted message unfindable."""
        self.indexing.index(event.conversation_id, event.message_id)

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
