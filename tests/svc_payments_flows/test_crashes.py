"""Processes that are killed between any two steps, and answers that are lost: one charge, one posting."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from contracts.base import new_id
from svc_payments.actions import settling
from svc_payments.actions.reconciling import reconcile
from svc_payments.payment_models import Payment, ProviderCall, ProviderEvent, Refund
from tests.services import times_killed
from tests.svc_payments_flows.market import Market, keyed
from tests.svc_payments_flows.test_refunds import bought
from tests.svc_payments_provider.sandbox_process import pay

RUN = "from tests.svc_payments_flows import dying; getattr(dying, sys.argv[2])(db, *sys.argv[3:])"


def installation(market: Market) -> str:
    return str(market.provider._installation)  # type: ignore[attr-defined]


def charges(market: Market, payment_id: str) -> int:
    """Return how many times the provider has taken money for a payment."""
    found = market.provider.list_payments(market.payment(payment_id).created_at)
    return sum(each.payment_id == payment_id and each.status == "succeeded" for each in found)


def the_payment(market: Market) -> Payment:
    return market.look(lambda session: session.scalars(select(Payment)).one())


# Commits of a payment by a saved card: decided; call taken; answer kept.
@pytest.mark.parametrize("step", [1, 2, 3])
@pytest.mark.parametrize("then", ["worker", "client"])
def test_a_process_that_dies_while_paying_charges_once(market: Market, step: int, then: str) -> None:
    card, key = market.saved_card(market.ada), new_id()
    arguments = (installation(market), market.chat, market.ada, market.bob, key, card)
    assert times_killed(RUN, [step], "create_payment", *arguments) == 1
    assert market.count(Payment) == (0 if step == 1 else 1)
    assert market.posted("charge") == 0
    if then == "worker":
        market.let_calls_be_due()
        market.work()
    market.pay(1000, method=card, key=key)  # the client has got no answer
    market.let_calls_be_due()
    market.work()
    payment = the_payment(market)
    assert (payment.status, charges(market, payment.id), market.posted("charge")) == ("succeeded", 1, 1)
    assert market.of(market.bob) == 1000
    assert market.count(ProviderCall) == 0
    assert len(market.events("payment_succeeded")) == 1  # with the ledger, or not at all


@pytest.mark.parametrize("step", [1, 2, 3])
def test_a_process_that_dies_before_the_page_is_known_opens_one(market: Market, step: int) -> None:
    key = new_id()
    arguments = (installation(market), market.chat, market.ada, market.bob, key, "card")
    assert times_killed(RUN, [step], "create_payment", *arguments) == 1
    begun = market.pay(1000, key=key)
    market.let_calls_be_due()
    market.work()
    view = market.see(begun["id"], market.ada)
    assert market.finish(view)["status"] == "succeeded"
    assert (charges(market, view["id"]), market.posted("charge"), market.count(Payment)) == (1, 1, 1)


def test_a_payment_from_a_balance_is_there_completely_or_not_at_all(market: Market) -> None:
    market.give(market.ada, 1000)
    key = new_id()
    arguments = (installation(market), market.chat, market.ada, market.bob, key, "balance")
    assert times_killed(RUN, [1], "create_payment", *arguments) == 1
    assert (market.of(market.ada), market.count(Payment), market.events("payment")) == (1000, 0, [])
    assert market.pay(1000, method="balance", key=key)["status"] == "succeeded"
    assert (market.of(market.ada), market.of(market.bob)) == (0, 1000)


# Commits of a webhook: stored; taken; settled; noted.
@pytest.mark.parametrize("step", [1, 2, 3, 4])
def test_a_process_that_dies_with_a_webhook_settles_it_once(market: Market, step: int) -> None:
    begun = market.pay()
    pay(str(begun["action_url"]))
    market.quiet()
    message = next(each for each in market.receiver.messages if b'"payment_intent.succeeded"' in each.body)
    arguments = (installation(market), message.body.decode(), message.signature)
    assert times_killed(RUN, [step], "receive", *arguments) == 1
    assert market.posted("charge") == (1 if step == 4 else 0)
    assert len(market.events("payment_succeeded")) == market.posted("charge")
    market.receive()  # the provider sends it again, as it got no answer
    due = update(ProviderEvent).values(next_attempt_at=ProviderEvent.received_at)
    market.desk.write(lambda session: session.execute(due))
    market.apply()
    assert (market.payment(begun["id"]).status, market.posted("charge")) == ("succeeded", 1)
    assert len(market.events("payment_succeeded")) == 1
    assert market.of(market.bob) == 1000
    assert market.count(ProviderEvent, ProviderEvent.applied_at.is_(None)) == 0


# Commits of a refund: decided and posted; call taken; answer kept.
@pytest.mark.parametrize("step", [1, 2, 3])
def test_a_process_that_dies_while_refunding_gives_back_once(market: Market, step: int) -> None:
    payment_id, _ = bought(market)
    key = new_id()
    arguments = (installation(market), market.bob, payment_id, key)
    assert times_killed(RUN, [step], "create_refund", *arguments) == 1
    assert market.of(market.bob) == (950 if step == 1 else 570)
    with keyed(market.bob, key):
        market.service.create_refund(payment_id=payment_id, amount=400)
    market.let_calls_be_due()
    market.work()
    market.hear()
    refunds = market.provider.fetch_payment(intent_id=market.payment(payment_id).intent_id).refunds
    assert [each.amount for each in refunds] == [400]
    assert (market.count(Refund), market.posted("refund"), market.of(market.bob)) == (1, 1, 570)


@pytest.mark.parametrize("step", [1, 2, 3])
def test_a_reconciliation_that_dies_is_made_again(market: Market, step: int) -> None:
    begun = market.pay()
    pay(str(begun["action_url"]))
    times_killed(RUN, [step], "compare", installation(market))
    times_killed(RUN, [99], "compare", installation(market))
    assert (market.payment(begun["id"]).status, market.posted("charge")) == ("succeeded", 1)


@pytest.mark.parametrize("how", ["drop", "error", "stuck"])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_charge_whose_answer_is_lost_is_made_once(market: Market, how: str, moment: str) -> None:
    card = market.saved_card(market.ada)
    market.sandbox.control("calls", how=how, moment=moment, method="POST", path="/v1/payment_intents", count=2)
    begun = market.pay(1000, method=card)
    assert begun["status"] == "created"
    for _ in range(3):
        market.let_calls_be_due()
        market.work()
    market.hear()
    assert (market.payment(begun["id"]).status, charges(market, begun["id"])) == ("succeeded", 1)
    assert (market.posted("charge"), market.of(market.bob), market.count(ProviderCall)) == (1, 1000, 0)


def test_a_silent_provider_does_not_hold_up_the_caller(market: Market) -> None:
    card = market.saved_card(market.ada)
    market.sandbox.control("calls", how="timeout", moment="after", method="POST", path="/v1/payment_intents", seconds=8)
    began = time.monotonic()
    begun = market.pay(1000, method=card)
    assert time.monotonic() - began < 7  # before the provider says anything
    assert begun["status"] == "created"
    market.let_calls_be_due()
    market.work()
    assert (market.payment(begun["id"]).status, charges(market, begun["id"])) == ("succeeded", 1)


def test_a_payment_that_was_called_off_while_the_provider_was_away_is_not_made_later(market: Market) -> None:
    card = market.saved_card(market.ada)
    market.sandbox.control("calls", how="error", moment="before", method="POST", path="/v1/payment_intents", count=2)
    begun = market.pay(1000, method=card)
    assert begun["status"] == "created"
    market.desk.write(lambda session: settling.end(session, begun["id"], "canceled", None))
    market.let_calls_be_due()
    market.work()
    assert (charges(market, begun["id"]), market.posted("charge"), market.count(ProviderCall)) == (0, 0, 0)


def test_a_call_that_is_too_old_is_given_up_and_what_came_of_it_still_counts(market: Market) -> None:
    card = market.saved_card(market.ada)
    market.sandbox.control("calls", how="drop", moment="after", method="POST", path="/v1/payment_intents", count=2)
    begun = market.pay(1000, method=card)
    older = update(ProviderCall).values(created_at=ProviderCall.created_at - timedelta(days=1))
    market.desk.write(lambda session: session.execute(older))
    market.let_calls_be_due()
    market.work()
    assert (market.payment(begun["id"]).status, market.payment(begun["id"]).failure) == ("failed", "provider_away")
    assert market.count(ProviderCall, ProviderCall.given_up == "too old") == 1
    reconcile(market.desk)
    assert (market.payment(begun["id"]).status, market.posted("charge")) == ("succeeded", 1)
