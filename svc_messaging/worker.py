"""What svc_messaging does on its own: the index of words, and what waits for a time to come."""

from __future__ import annotations

from typing import ClassVar

from contracts.auth import AccountErased
from contracts.payments import PaymentChanged, PaymentRequestChanged
from plumbing.database import Database
from plumbing.health import Health
from plumbing.observer import observes
from plumbing.push import Push
from plumbing.timers import every
from svc_messaging import batches
from svc_messaging.actions import payments, showing_payments
from svc_messaging.actions.erasing import erasures
from svc_messaging.models import Base

A_SECOND = 1.0
A_MOMENT = 0.3
#: Payments that are shown by one transaction, and how long the next ones are gathered: a payment is answered by
#: svc_payments, and its message may follow.
MANY, GATHERED_S = 64, 0.08


class MessagingWorker:
    """Keeps `message_search`, and does what is due."""

    name = "messaging_worker"
    db = Database(Base)
    push = Push()
    health = Health()
    #: Observers that were here once; `plumbing.deploy` takes their queues away.
    retired_observers: ClassVar[tuple[str, ...]] = (
        "evt-messaging--message_created--on_message_created",
        "evt-messaging--message_edited--on_message_edited",
        "evt-messaging--message_deleted--on_message_deleted",
    )

    @every(A_MOMENT, lock="index_messages")
    def index_messages(self) -> None:
        """Make new and edited messages findable by their present words, and deleted ones by none."""
        batches.index_waiting(self.db)

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

    @observes(PaymentChanged, together=MANY, pause_s=GATHERED_S)
    def on_payment_changed(self, events: list[PaymentChanged]) -> None:
        """Show payments in their conversations as they are now."""
        batches.write(self.db, self.push, lambda session: showing_payments.show_payments(session, events))

    @observes(PaymentRequestChanged)
    def on_payment_request_changed(self, event: PaymentRequestChanged) -> None:
        """Show the request for money in its conversation as it is now."""
        batches.write(self.db, self.push, lambda session: payments.show_request(session, event))

    @observes(AccountErased)
    def on_account_erased(self, event: AccountErased) -> None:
        """Note whose traces are to be removed; the timer below removes them."""
        with self.db.transaction() as session:
            erasures.begin(session, event)

    @every(A_SECOND, lock="erase_accounts")
    def erase_accounts(self) -> None:
        """Remove what is left of accounts that are gone."""
        batches.erase_accounts(self.db, self.push)
