"""The notifier: tells followers of new posts, and hands pushes over. Any number of these may run.

Nothing is kept in the process: walks and pushes are rows that it claims for a while, and whatever it
had in hand when it dies is claimed again by the next one.
"""

from __future__ import annotations

import time

from nameko.timer import timer

from plumbing.database import Database
from plumbing.health import Health
from plumbing.push import Push
from svc_subscriptions.models import Base
from svc_subscriptions.workers.sending import Pushes
from svc_subscriptions.workers.walking import walk

A_MOMENT = 0.2
BUDGET_S = 2.0


class Notifier:
    """Walks through followers and empties the queue of pushes."""

    name = "subscriptions_notifier"
    db = Database(Base)
    push = Push()
    pushes = Pushes()
    health = Health()

    @timer(interval=A_MOMENT)
    def fan_out(self) -> None:
        """Tell the followers of posts for whom that is wanted."""
        walk(self.db, self.push)

    @timer(interval=A_MOMENT)
    def send_pushes(self) -> None:
        """Send what is due; a push that hangs takes one place among many."""
        ends_at = time.monotonic() + BUDGET_S
        while self.pushes.turn(self.db) and time.monotonic() < ends_at:
            time.sleep(0.02)
