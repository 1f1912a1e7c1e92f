"""Events: made with what has happened, and queued for delivery in the same transaction."""

from __future__ import annotations

import time

from svc_payments.sandbox.store import Store, Thing, shown

API_VERSION = "2026-10-28.endive"
#: How far apart reordered messages are sent.
_APART_S = 0.2


def emit(store: Store, kind: str, thing: Thing, account: str | None = None) -> None:
    """Tell that something happened to an object.

    Args:
        store: Where it is kept.
        kind: `payment_intent.succeeded` …
        thing: The object, as it is now.
        account: The connected account that it happened in.
    """
    more = {} if account is None else {"account": account}
    event = store.add(
        "event",
        api_version=API_VERSION,
        data={"object": shown(thing)},
        pending_webhooks=1,
        request={"id": None, "idempotency_key": None},
        type=kind,
        **more,
    )
    _deliver(store, event["id"])


def _deliver(store: Store, event_id: str) -> None:
    """Queue a message, unless a test has asked for trouble with it."""
    if _take(store, "drop") is not None:
        return
    held = _take(store, "reorder")
    if held is not None:
        _queue(store, event_id, due=0.0, state="held")
        if not store.rows("SELECT 1 FROM webhook_faults WHERE kind = 'reorder'"):
            _release(store)
        return
    due = time.time() + (_take(store, "delay") or 0.0)
    _queue(store, event_id, due=due)
    if _take(store, "double") is not None:
        _queue(store, event_id, due=due)


def _take(store: Store, kind: str) -> float | None:
    """Use up one of the troubles of a kind; None where there is none left."""
    found = store.rows("SELECT count, seconds FROM webhook_faults WHERE kind = ?", kind)
    if not found:
        return None
    if found[0]["count"] > 1:
        store.run("UPDATE webhook_faults SET count = count - 1 WHERE kind = ?", kind)
    else:
        store.run("DELETE FROM webhook_faults WHERE kind = ?", kind)
    seconds: float = found[0]["seconds"]
    return seconds


def _release(store: Store) -> None:
    """Send what was held, the newest first."""
    held = store.rows("SELECT seq FROM deliveries WHERE state = 'held' ORDER BY seq DESC")
    for place, row in enumerate(held):
        due = time.time() + place * _APART_S
        store.run("UPDATE deliveries SET state = 'waiting', due = ? WHERE seq = ?", due, row["seq"])


def _queue(store: Store, event_id: str, *, due: float, state: str = "waiting") -> None:
    store.run("INSERT INTO deliveries (event_id, due, state) VALUES (?, ?, ?)", event_id, due, state)
