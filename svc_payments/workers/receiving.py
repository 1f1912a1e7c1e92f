"""The worker's way through stored webhooks."""

from __future__ import annotations

from nameko.timer import timer

from plumbing.logs import get_logger
from plumbing.timers import every
from svc_payments import flow_metrics as metrics
from svc_payments.actions import looking, receiving
from svc_payments.actions.calling import Desk
from svc_payments.actions.receiving import Received
from svc_payments.provider.base import ProviderAway, ProviderRefused
from svc_payments.workers.base import Work

log = get_logger(__name__)

BATCH = 20


def apply_due(desk: Desk, size: int = BATCH) -> int:
    """Apply webhooks that are due; return how many there were."""
    events = desk.write(lambda session: receiving.claim(session, size))
    for event in events:
        apply(desk, event)
    return len(events)


def apply(desk: Desk, event: Received) -> None:
    """Look at what a webhook speaks of, and note what came of that. A foreign object is left alone."""
    try:
        look = receiving.look_of(event)
        outcome = look(desk, event) if look else looking.OF_NO_INTEREST
    except ProviderRefused as error:
        outcome = f"{looking.NOT_OURS}: {error.code}"
    except Exception as error:
        if not isinstance(error, ProviderAway):
            log.exception("webhook_not_applied", event_id=event.event_id, type=event.type)
        why = f"{type(error).__name__} {event.attempts} times"
        parked = desk.write(lambda session: receiving.failed(session, event, why))
        metrics.WEBHOOKS.labels("parked" if parked else "retried").inc()
        return
    desk.write(lambda session: receiving.applied(session, event, outcome))
    metrics.WEBHOOKS.labels("applied" if outcome == looking.SETTLED else "ignored").inc()


class Receiving(Work):
    """Applies webhooks, in every replica; each claims its own."""

    @timer(interval=0.5)
    def apply_webhooks(self) -> None:
        """Apply what is due, until nothing is."""
        while apply_due(self) == BATCH:
            pass

    @every(3_600.0, lock="forget_webhooks")
    def forget_webhooks(self) -> None:
        """Forget old webhooks that were dealt with."""
        while self.write(lambda session: receiving.forget(session, BATCH)) == BATCH:
            pass

    @every(30.0, lock="count_parked_webhooks")
    def count_parked_webhooks(self) -> None:
        """Let people see how many webhooks wait for them."""
        with self.db.reading() as session:
            metrics.WEBHOOKS_PARKED.set(receiving.count_parked(session))
