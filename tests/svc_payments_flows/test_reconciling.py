"""Comparing with the provider's books: whatever was missed is found, and mended by settling it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from contracts.base import new_id
from contracts.payments import ProviderAway
from svc_payments.actions.reconciling import reconcile
from svc_payments.payment_models import Payment, ReconciledUpto
from svc_payments.workers import reconciling
from tests.svc_payments_flows.market import Market, refused
from tests.svc_payments_flows.test_refunds import bought
from tests.svc_payments_provider.sandbox_process import pay, send


def test_a_payment_whose_messages_were_lost_is_found(market: Market) -> None:
    market.sandbox.control("webhooks", kind="drop", count=100)
    begun = market.pay()
    pay(str(begun["action_url"]))
    found = reconcile(market.desk)
    assert found.mended == {"payments": 1}
    assert market.payment(begun["id"]).status == "succeeded"
    assert (market.posted("charge"), market.posted("provider_fee"), market.of(market.bob)) == (1, 1, 1000)
    assert reconcile(market.desk).mended == {}


def test_refunds_and_disputes_that_nobody_told_of_are_found(market: Market) -> None:
    first, first_post = bought(market)
    second, second_post = bought(market)
    market.hear()
    market.sandbox.control("webhooks", kind="drop", count=100)
    market.sandbox.call("POST", "/v1/refunds", {"payment_intent": market.payment(first).intent_id})
    market.sandbox.control("disputes", payment_intent=market.payment(second).intent_id)
    found = reconcile(market.desk)
    assert sum(found.mended.values()) == 2
    assert not market.may_read(market.ada, first_post)
    assert not market.may_read(market.ada, second_post)
    assert market.of(market.bob) == 0
    assert reconcile(market.desk).mended == {}


def test_how_an_old_dispute_ended_is_found_by_a_thorough_round(market: Market) -> None:
    payment_id, post = bought(market)
    made = market.sandbox.control("disputes", payment_intent=market.payment(payment_id).intent_id)
    market.hear()
    assert reconcile(market.desk).mended == {}
    market.sandbox.control("webhooks", kind="drop", count=100)
    market.sandbox.control(f"disputes/{made['id']}/close", status="won")
    assert reconcile(market.desk, thorough=True).mended != {}
    assert market.may_read(market.ada, post)


def test_an_open_payment_that_nobody_asked_about_is_asked_about(market: Market) -> None:
    market.sandbox.control("webhooks", kind="drop", count=100)
    begun = market.pay()
    session_id = market.payment(begun["id"]).session_id
    market.sandbox.call("POST", f"/v1/checkout/sessions/{session_id}/expire")
    assert reconcile(market.desk).mended == {}  # it was asked about just now
    market.let_time_pass(begun["id"])
    assert reconcile(market.desk).mended == {"payments": 1}
    assert market.payment(begun["id"]).status == "expired"


def test_messages_that_come_after_it_change_nothing_more(market: Market) -> None:
    begun = market.pay()
    pay(str(begun["action_url"]))
    market.receive()
    assert reconcile(market.desk).mended == {"payments": 1}
    assert market.apply() > 0
    assert (market.posted("charge"), market.of(market.bob)) == (1, 1000)


def test_doubled_and_reordered_messages_leave_nothing_to_mend(market: Market) -> None:
    market.sandbox.control("webhooks", kind="double", count=10)
    payment_id, _ = bought(market)
    market.sandbox.control("webhooks", kind="reorder", count=3)
    market.refund(payment_id, 100)
    market.sandbox.control("calm")
    market.hear()
    assert reconcile(market.desk, thorough=True).mended == {}


def test_what_the_provider_has_and_nobody_here_knows_is_told(market: Market) -> None:
    page = market.provider.open_checkout(
        call_id=new_id(),
        payment_id=new_id(),
        payer_id=market.ada,
        customer_id=None,
        amount=1000,
        currency="EUR",
        title="Lost",
        return_url="http://127.0.0.1:9/",
    )
    pay(page.url)
    found = reconcile(market.desk)
    assert len(found.unknown) == 1
    assert found.mended == {}
    assert market.posted("charge") == 0


def test_a_charge_that_the_provider_does_not_have_is_told(market: Market) -> None:
    done = market.paid()
    lost = update(Payment).where(Payment.id == done["id"]).values(intent_id="pi_gone")
    market.desk.write(lambda session: session.execute(lost))
    assert reconcile(market.desk, thorough=True).missing == [done["id"]]


def test_a_round_begins_where_the_last_whole_one_ended(market: Market) -> None:
    reconcile(market.desk)
    before = market.look(lambda session: session.get_one(ReconciledUpto, "payments")).upto
    market.sandbox.control("calls", how="error", method="GET", path="/v1/payment_intents", count=4)
    with pytest.raises(ProviderAway):
        reconcile(market.desk)
    assert reconciling.run(market.desk) is None
    assert market.look(lambda session: session.get_one(ReconciledUpto, "payments")).upto == before
    market.sandbox.control("calm")
    begun = market.pay()
    pay(str(begun["action_url"]))
    assert reconcile(market.desk).mended == {"payments": 1}
    after = market.look(lambda session: session.get_one(ReconciledUpto, "payments")).upto
    assert before < after < before + timedelta(minutes=5)


def test_refunding_goes_on_after_it(market: Market) -> None:
    payment_id, _ = bought(market)
    reconcile(market.desk, thorough=True)
    assert refused(lambda: market.refund(payment_id)) == "done"
    assert reconcile(market.desk, thorough=True).mended == {}


def test_a_charge_that_waits_for_a_bank_is_given_up_after_a_day(market: Market) -> None:
    card = market.saved_card(market.ada, "4000002760003184")
    begun = market.pay(method=card)
    for days, status in ((0, "requires_action"), (1, "canceled")):
        older = update(Payment).values(created_at=Payment.created_at - timedelta(days=days))
        market.desk.write(lambda session: session.execute(older))  # noqa: B023
        market.let_time_pass(begun["id"])
        reconcile(market.desk)
        market.let_calls_be_due()
        market.work()
        assert market.payment(begun["id"]).status == status
    assert send(str(begun["action_url"]), answer="complete").status_code != 500
    market.hear()
    assert (market.payment(begun["id"]).status, market.posted("charge")) == ("canceled", 0)
