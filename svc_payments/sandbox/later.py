"""What happens by itself after a while: complaints, refunds that arrive or fail, pages that nobody used."""

from __future__ import annotations

import time
from collections.abc import Callable

from svc_payments.sandbox.objects import disputes, refunds, sessions
from svc_payments.sandbox.store import Store, Thing


def _dispute(store: Store, charge: Thing) -> None:
    if not charge["disputed"]:
        disputes.open_(store, charge, amount=charge["amount"], reason="fraudulent", inquiry=False)


def _expire(store: Store, session: Thing) -> None:
    if session["status"] == "open":
        sessions.close(store, session)


_VERBS: dict[str, Callable[[Store, Thing], None]] = {
    "dispute": _dispute,
    "expire": _expire,
    "refund_fails": refunds.fail,
    "refund_succeeds": refunds.succeed,
}


def do_due(store: Store) -> float | None:
    """Do what is due, and return when the next is; None where there is none."""
    with store.transaction():
        for row in store.rows("SELECT seq, verb, id FROM later WHERE due <= ? ORDER BY due, seq", time.time()):
            store.run("DELETE FROM later WHERE seq = ?", row["seq"])
            found = store.find(row["id"])
            if found is not None:
                _VERBS[row["verb"]](store, found)
        due: float | None = store.rows("SELECT min(due) AS due FROM later")[0]["due"]
        return due
