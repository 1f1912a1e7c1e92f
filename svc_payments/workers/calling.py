"""The worker's part of calls to the provider: those that a door left, or that nobody waits for."""

from __future__ import annotations

from datetime import UTC, datetime

from nameko.timer import timer

from plumbing.timers import every
from svc_payments import flow_metrics as metrics
from svc_payments.actions import calling, calls, charging, paying_out, requesting  # noqa: F401 - kinds of calls
from svc_payments.workers.base import Work

BATCH = 20


class Calling(Work):
    """Makes calls that are due, in every replica; each claims its own."""

    @timer(interval=0.5)
    def make_provider_calls(self) -> None:
        """Make what is due, until nothing is."""
        while calling.make_due(self, BATCH) == BATCH:
            pass

    @every(30.0, lock="count_given_up_calls")
    def count_given_up_calls(self) -> None:
        """Let people see how many calls wait for them."""
        with self.db.reading() as session:
            metrics.CALLS_GIVEN_UP.set(calls.count_given_up(session))

    @every(60.0, lock="expire_payment_requests")
    def expire_payment_requests(self) -> None:
        """End requests for money whose time is over."""
        while self.write(lambda session: requesting.expire(session, datetime.now(UTC), BATCH)) == BATCH:
            pass
