"""Workers take no more at once than they asked for, however PostgreSQL plans that."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from contracts.base import new_id
from svc_payments.actions import calls, reading, receiving
from svc_payments.provider.base import WebhookEvent
from tests.services import run_subqueries_again
from tests.svc_payments_flows.market import Market


def sizes(market: Market, table: str, claim: Any) -> list[int]:
    """Claim one, three and two of the five that wait; return how many came each time."""

    def work(session: Session) -> list[int]:
        run_subqueries_again(session, table)
        taken: list[Sequence[Any]] = [claim(session, size) for size in (1, 3, 2)]
        return [len(each) for each in taken]

    return market.desk.write(work)


def test_webhooks(market: Market) -> None:
    about: Any = {"type": "charge.updated", "object_kind": "charge", "object_id": "ch_1", "livemode": False}
    for number in range(5):
        event = WebhookEvent(id=f"evt_{number}", created=datetime.now(UTC), **about)
        market.desk.write(partial(receiving.store, event=event))
    assert sizes(market, "provider_events", receiving.claim) == [1, 3, 1]


def test_calls_of_the_provider(market: Market) -> None:
    for _ in range(5):
        about: Any = {"call_id": new_id(), "kind": "refund", "subject_id": new_id(), "arguments": {}}
        market.desk.write(partial(calls.want, **about))
    market.let_calls_be_due()
    assert sizes(market, "provider_calls", calls.claim_due) == [1, 3, 1]


def test_payments_that_are_asked_about(market: Market) -> None:
    for _ in range(5):
        market.let_time_pass(market.pay()["id"])
    now = datetime.now(UTC)
    assert sizes(market, "payments", lambda session, size: reading.stale(session, now, size)) == [1, 3, 1]
