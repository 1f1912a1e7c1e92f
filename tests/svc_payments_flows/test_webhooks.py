"""Webhooks: verified, kept once, applied in any order by looking at what they speak of."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select, text, update

from contracts.base import Forbidden, new_id
from contracts.payments import ProviderAway
from svc_payments import flow_metrics as metrics
from svc_payments.actions import receiving
from svc_payments.actions.settling import settle_payment
from svc_payments.jobs import webhooks as job
from svc_payments.ledger.posting import Cause
from svc_payments.models import LedgerTransaction
from svc_payments.payment_models import ProviderEvent
from svc_payments.provider.base import WebhookEvent
from svc_payments.provider.stripe_provider import StripeProvider
from svc_payments.sandbox.deliveries import sign
from svc_payments.workers.receiving import apply_due
from tests.services import calling, calling_as_service
from tests.svc_payments_flows.market import Market, refused
from tests.svc_payments_provider.sandbox_process import KEY, WEBHOOK_SECRET, pay


def hand_over(market: Market, body: bytes, signature: str) -> str:
    """Hand a message to the service as the gateway does; return the code."""
    with calling_as_service("gateway"):
        return refused(lambda: market.service.receive_webhook(body=body.decode(), signature=signature))


def message(market: Market, **changes: Any) -> bytes:
    """Return the body of a message about a payment that Ada has made, with some things changed."""
    begun = market.pay()
    pay(str(begun["action_url"]))
    market.quiet()
    bodies = [json.loads(each.body) for each in market.receiver.messages]
    market.receiver.messages.clear()
    (event,) = [each for each in bodies if each["type"] == "payment_intent.succeeded"]
    return json.dumps({**event, **changes}).encode()


def test_a_payment_is_settled_by_its_webhook(market: Market) -> None:
    begun = market.pay()
    pay(str(begun["action_url"]))
    assert market.payment(begun["id"]).status == "requires_action"
    assert market.hear() > 0
    assert market.payment(begun["id"]).status == "succeeded"
    assert market.posted("charge") == 1


def test_the_same_message_is_kept_and_applied_once(market: Market) -> None:
    body = message(market)
    signature = sign(body, WEBHOOK_SECRET, int(time.time()))
    for _ in range(3):
        assert hand_over(market, body, signature) == "done"
    assert market.count(ProviderEvent) == 1
    assert (market.apply(), market.apply()) == (1, 0)
    assert hand_over(market, body, signature) == "done"
    assert market.apply() == 0
    assert market.posted("charge") == 1


def test_of_two_who_claim_at_once_each_gets_its_own(market: Market) -> None:
    about: Any = {"type": "charge.updated", "object_kind": "charge", "object_id": "ch_1", "livemode": False}
    for each in ("evt_1", "evt_2"):
        event = WebhookEvent(id=each, created=datetime.now(UTC), **about)
        assert market.desk.write(partial(receiving.store, event=event))
    with market.db.transaction() as first, market.db.transaction() as second:
        (mine,) = receiving.claim(first, 1)
        second.execute(text("SET LOCAL lock_timeout = '5s'"))  # who waits for the first one's gets it, too
        (other,) = receiving.claim(second, 2)
    assert {mine.event_id, other.event_id} == {"evt_1", "evt_2"}


def test_what_was_fetched_earlier_and_is_settled_later_takes_nothing_back(market: Market) -> None:
    """Two look at once: the one who asked before it was paid is the slower one."""
    paid = market.paid()
    fetched = market.provider.fetch_payment(intent_id=market.payment(paid["id"]).intent_id)
    for status in ("processing", "failed"):
        earlier = replace(fetched, status=status, received=0, charge_id=None)
        market.desk.write(
            partial(settle_payment, payment_id=paid["id"], snapshot=earlier, cause=Cause("provider", "x"))
        )
        assert market.payment(paid["id"]).status == "succeeded"
    assert (market.posted("charge"), market.of(market.bob)) == (1, paid["amount"])


def bad_signatures(body: bytes) -> Iterator[tuple[str, bytes, str]]:
    now = int(time.time())
    yield "none", body, ""
    yield "nonsense", body, "v1=abc"
    yield "of another secret", body, sign(body, "whsec_of_somebody", now)
    yield "old", body, sign(body, WEBHOOK_SECRET, now - 301)
    yield "of the future", body, sign(body, WEBHOOK_SECRET, now + 301)
    yield "of another body", body + b" ", sign(body, WEBHOOK_SECRET, now)
    yield "of no JSON", b"{", sign(b"{", WEBHOOK_SECRET, now)
    yield "of something else", b'{"object": "list"}', sign(b'{"object": "list"}', WEBHOOK_SECRET, now)
    live = json.dumps({**json.loads(body), "livemode": True}).encode()
    yield "of the other world", live, sign(live, WEBHOOK_SECRET, now)


def test_forged_and_old_messages_have_no_effect(market: Market) -> None:
    for why, body, signature in bad_signatures(message(market)):
        assert hand_over(market, body, signature) == "webhook_invalid", why
    assert market.count(ProviderEvent) == market.count(LedgerTransaction) == 0


def test_nothing_in_a_message_counts_but_where_to_look(market: Market) -> None:
    """Somebody who knew the secret could still not say that a payment succeeded."""
    begun = market.pay()
    event = json.loads(message(market))
    event["data"]["object"] |= {"id": market.payment(begun["id"]).intent_id or "pi_unpaid", "status": "succeeded"}
    event["data"]["object"]["metadata"]["payment_id"] = begun["id"]
    body = json.dumps({**event, "id": "evt_lies"}).encode()
    assert hand_over(market, body, sign(body, WEBHOOK_SECRET, int(time.time()))) == "done"
    market.apply()
    assert market.payment(begun["id"]).status == "requires_action"
    assert market.posted("charge") == 0


def test_objects_of_others_are_noted_and_ignored(market: Market) -> None:
    elsewhere = StripeProvider(KEY, WEBHOOK_SECRET, market.sandbox.url, 2.0, installation="another")
    page = elsewhere.open_checkout(
        call_id=new_id(),
        payment_id=new_id(),
        payer_id=market.ada,
        customer_id=None,
        amount=1000,
        currency="EUR",
        title="Not ours",
        return_url="http://127.0.0.1:9/",
    )
    pay(page.url)
    market.hear()
    assert market.count(LedgerTransaction) == 0
    outcomes = set(market.look(lambda session: session.scalars(select(ProviderEvent.outcome)).all()))
    assert outcomes <= {"not_ours: not_ours", "of_no_interest"}
    assert market.count(ProviderEvent, ProviderEvent.applied_at.is_(None)) == 0


def test_a_payment_that_nobody_here_knows_is_noted_and_ignored(market: Market) -> None:
    market.provider.charge_saved(
        call_id=new_id(),
        payment_id=new_id(),
        payer_id=market.ada,
        customer_id=(customer := market.provider.make_customer(call_id=new_id(), user_id=market.ada)),
        method_id=_saved(market, customer),
        amount=1000,
        currency="EUR",
        title="Lost",
        return_url="http://127.0.0.1:9/",
    )
    market.hear()
    assert market.count(LedgerTransaction) == 0
    assert market.count(ProviderEvent, ProviderEvent.outcome == "not_ours") > 0


def _saved(market: Market, customer: str) -> str:
    page = market.provider.open_setup(
        call_id=new_id(), user_id=market.ada, customer_id=customer, return_url="http://127.0.0.1:9/"
    )
    pay(page.url)
    return market.provider.list_methods(customer)[0].method_id


@pytest.mark.parametrize("kind", ["double", "delay", "reorder"])
def test_doubled_late_and_reordered_messages_lead_to_the_same(market: Market, kind: str) -> None:
    market.sandbox.control("webhooks", kind=kind, count=4, seconds=0.3)
    begun = [market.pay(1000 + number) for number in range(3)]
    for each in begun:
        pay(str(each["action_url"]))
    market.sandbox.control("disputes", payment_intent=_intent(market, begun[0]["id"]))
    market.sandbox.control("calm")
    market.hear()
    assert [market.payment(each["id"]).status for each in begun] == ["succeeded"] * 3
    assert (market.posted("charge"), market.posted("dispute")) == (3, 1)
    assert market.of(market.bob) == 1001 + 1002


def _intent(market: Market, payment_id: str) -> str:
    found = market.provider.fetch_payment(session_id=market.payment(payment_id).session_id)
    return str(found.intent_id)


class _Away:
    """A provider that cannot be asked."""

    def __getattr__(self, name: str) -> Any:
        def ask(**_: Any) -> Any:
            raise ProviderAway

        return ask


def test_what_cannot_be_applied_is_tried_again_then_parked_and_can_be_replayed(
    market: Market, capsys: pytest.CaptureFixture[str]
) -> None:
    body = message(market)
    assert hand_over(market, body, sign(body, WEBHOOK_SECRET, int(time.time()))) == "done"
    provider, market.desk.provider = market.desk.provider, _Away()  # type: ignore[assignment]
    due = update(ProviderEvent).values(next_attempt_at=ProviderEvent.received_at)
    for attempt in range(receiving.MAX_ATTEMPTS):
        assert market.count(ProviderEvent, ProviderEvent.attempts == attempt, ProviderEvent.parked.is_(None)) == 1
        assert apply_due(market.desk) == 1
        assert apply_due(market.desk) == 0  # not before its time
        market.desk.write(lambda session: session.execute(due))
    assert market.count(ProviderEvent, ProviderEvent.parked.is_not(None)) == 1
    market.desk.provider = provider
    assert market.apply() == 0
    assert market.look(receiving.count_parked) == 1
    (line,) = job.show(market.db)
    assert "payment_intent.succeeded" in line
    assert "1 parked" in capsys.readouterr().out
    assert job.replay("evt_unknown", db=market.db) == 0
    assert job.replay(db=market.db) == 1
    assert market.apply() == 1
    assert (market.posted("charge"), market.look(receiving.count_parked)) == (1, 0)


def test_only_the_gateway_hands_messages_over(market: Market) -> None:
    body = message(market)
    signature = sign(body, WEBHOOK_SECRET, int(time.time()))
    with calling(market.ada, "user", "admin"), pytest.raises(Forbidden):
        market.service.receive_webhook(body=body.decode(), signature=signature)
    with calling_as_service("messaging"), pytest.raises(Forbidden):
        market.service.receive_webhook(body=body.decode(), signature=signature)


def test_messages_are_counted(market: Market) -> None:
    before = metrics.WEBHOOKS.labels("invalid")._value.get()
    assert hand_over(market, b"{}", "t=1,v1=a") == "webhook_invalid"
    assert metrics.WEBHOOKS.labels("invalid")._value.get() == before + 1


def test_old_messages_are_forgotten_once_they_were_dealt_with(market: Market) -> None:
    for name in ("evt_old", "evt_waits"):
        body = message(market, id=name)
        assert hand_over(market, body, sign(body, WEBHOOK_SECRET, int(time.time()))) == "done"
    older = update(ProviderEvent).values(received_at=ProviderEvent.received_at - receiving.KEPT)
    market.desk.write(lambda session: session.execute(older))
    dealt_with = older.where(ProviderEvent.event_id == "evt_old").values(applied_at=ProviderEvent.received_at)
    market.desk.write(lambda session: session.execute(dealt_with))
    assert market.desk.write(lambda session: receiving.forget(session, 10)) == 1
    assert market.count(ProviderEvent, ProviderEvent.event_id == "evt_waits") == 1
