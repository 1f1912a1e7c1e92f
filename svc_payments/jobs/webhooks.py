"""Look at webhooks that could not be applied, and let them be tried again.

echo 'from svc_payments.jobs import webhooks; webhooks.show()' | ./charla shell payments
echo 'from svc_payments.jobs import webhooks; webhooks.replay("evt_1")' | ./charla shell payments
"""

from __future__ import annotations

import sys

from plumbing.database import Transactions, transactions
from plumbing.settings import settings
from svc_payments.actions import receiving


def _db() -> Transactions:
    return transactions(settings().database_url, pool_size=1)


def show(db: Transactions | None = None) -> list[str]:
    """Write and return a line for each parked webhook."""
    with (db or _db()).reading() as session:
        lines = [
            f"{row.received_at:%Y-%m-%d %H:%M:%S} {row.event_id} {row.type} {row.object_id}: {row.parked}"
            for row in receiving.list_parked(session)
        ]
    sys.stdout.write("\n".join([*lines, f"{len(lines)} parked\n"]))
    return lines


def replay(*event_ids: str, db: Transactions | None = None) -> int:
    """Let the named webhooks be tried again, or all that are parked where none is named; return how many."""
    with (db or _db()).transaction() as session:
        count = receiving.replay(session, event_ids or None)
    sys.stdout.write(f"{count} will be tried again\n")
    return count
