"""Two charges of one payment that both succeed: the second goes back, whole and once."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime

import pytest

from contracts.base import new_id
from svc_payments.actions import paying, settling
from svc_payments.actions.paying import Order
from svc_payments.actions.reconciling import reconcile
from svc_payments.ledger import accounts
from svc_payments.payment_models import DuplicateCharge, ProviderCall, Refund
from svc_payments.provider.base import PaymentSnapshot, RefundSnapshot
from tests.svc_payments_flows.market import VISA, Market, refused
from tests.svc_payments_flows.test_refunds import REFUND_FAILS
from tests.svc_payments_provider.sandbox_process import BACK, pay, wait_for


def another_page(market: Market, payment_id: str) -> str:
    """Return a second page on which the same payment can be made, such as a call that was thought lost left behind."""
    page = market.provider.open_checkout(
        call_id=new_id(),
        payment_id=payment_id,
        payer_id=market.ada,
        customer_id=None,
        amount=1000,
        currency="EUR",
        title="Again",
        return_url=BACK,
    )
    return str(page.url)


def charged_twice(market: Market, second_card: str = VISA) -> str:
    """Let Ada pay Bob, and then the same once more; return the payment's id."""
    begun = market.pay()
    page = another_page(market, begun["id"])
    market.finish(begun)
    pay(page, second_card)
    return begun["id"]


def work(market: Market) -> None:
    market.hear()
    market.let_calls_be_due()
    market.work()
    market.hear()


def charges(market: Market, payment_id: str) -> list[PaymentSnapshot]:
    found = market.provider.list_payments(market.payment(payment_id).created_at)
    return [each for each in found if each.payment_id == payment_id and each.status == "succeeded"]


def refunds(market: Market, payment_id: str) -> list[RefundSnapshot]:
    return [refund for each in charges(market, payment_id) for refund in each.refunds]


def the_duplicate(market: Market) -> DuplicateCharge:
    return market.look(lambda session: session.query(DuplicateCharge).one())


def demand_one_refund(market: Market, payment_id: str) -> None:
    """Demand that Bob has been paid once, and that Ada has back the rest."""
    (first,) = [each for each in charges(market, payment_id) if each.intent_id == market.payment(payment_id).intent_id]
    (refund,) = refunds(market, payment_id)
    known = the_duplicate(market)
    assert first.refunds == ()
    assert (refund.intent_id, refund.amount, refund.status) == (known.intent_id, 1000, "succeeded")
    assert (known.refund_id, known.status) == (refund.refund_id, "refunded")
    assert (market.of(market.bob), market.of(market.ada), market.posted("charge")) == (1000, 0, 1)
    assert (market.posted("duplicate_charge"), market.count(Refund), market.count(ProviderCall)) == (1, 0, 0)
    costs = market.held(accounts.COSTS)
    assert (market.posted("provider_fee"), market.held(accounts.PROVIDER)) == (
        2,
        -1000 - costs,
    )  # fees of both are gone
    assert market.payment(payment_id).refunded == 0
    assert reconcile(market.desk, thorough=True).mended == {}


def test_the_second_charge_goes_back_once(market: Market) -> None:
    payment_id = charged_twice(market)
    work(market)
    demand_one_refund(market, payment_id)


def test_messages_that_come_again_in_any_order_give_nothing_back_twice(market: Market) -> None:
    payment_id = charged_twice(market)
    market.quiet()
    messages = list(market.receiver.messages)
    random.Random(7).shuffle(messages)  # noqa: S311 - the same each time
    market.receiver.messages[:] = messages
    work(market)
    market.receiver.messages.extend(messages)
    work(market)
    demand_one_refund(market, payment_id)


def test_a_second_charge_that_nobody_told_of_is_found(market: Market) -> None:
    market.sandbox.control("webhooks", kind="drop", count=100)
    payment_id = charged_twice(market)
    assert reconcile(market.desk).mended == {"payments": 1}
    market.let_calls_be_due()
    market.work()
    demand_one_refund(market, payment_id)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_lost_answer_gives_nothing_back_twice(market: Market, moment: str) -> None:
    payment_id = charged_twice(market)
    market.hear()
    market.sandbox.control("calls", how="drop", moment=moment, method="POST", path="/v1/refunds", count=5)
    for _ in range(3):
        market.let_calls_be_due()
        market.work()
    market.sandbox.control("calm")
    market.let_calls_be_due()
    market.work()
    market.hear()
    demand_one_refund(market, payment_id)


def test_what_somebody_gave_back_by_hand_is_not_given_back_again(market: Market) -> None:
    payment_id = charged_twice(market)
    own = market.payment(payment_id).intent_id
    (other,) = [each.intent_id for each in charges(market, payment_id) if each.intent_id != own]
    market.sandbox.call("POST", "/v1/refunds", {"payment_intent": other})
    work(market)
    demand_one_refund(market, payment_id)


def test_what_cannot_be_paid_out_is_the_payers_balance(market: Market) -> None:
    payment_id = charged_twice(market, REFUND_FAILS)
    work(market)
    wait_for(lambda: [each.status for each in refunds(market, payment_id)] == ["failed"])
    time.sleep(0.1)
    market.hear()
    work(market)
    assert (the_duplicate(market).status, market.posted("refund_failed")) == ("kept", 1)
    assert (market.of(market.ada), market.of(market.bob), len(refunds(market, payment_id))) == (1000, 1000, 1)
    assert reconcile(market.desk, thorough=True).mended == {}
    assert market.pay(1000, method="balance")["status"] == "succeeded"


def test_a_charge_beside_a_payment_from_the_balance_goes_back(market: Market) -> None:
    market.give(market.ada, 1000)
    begun = market.pay()
    market.desk.write(lambda session: settling.fail(session, begun["id"], "provider_away"))
    order = Order(
        payment_id=begun["id"], kind="transfer", payer_id=market.ada, payee_id=market.bob, amount=1000, currency="EUR",
        method="balance", conversation_id=market.chat,
    )  # fmt: skip
    market.desk.write(lambda session: paying.begin(session, order, datetime.now(UTC)))
    pay(str(begun["action_url"]))
    work(market)
    (refund,) = refunds(market, begun["id"])
    assert (refund.amount, refund.status, the_duplicate(market).status) == (1000, "succeeded", "refunded")
    assert (market.of(market.ada), market.of(market.bob), market.posted("charge")) == (0, 1000, 0)
    assert reconcile(market.desk, thorough=True).mended == {}


def test_one_that_was_disputed_is_left_to_people(market: Market) -> None:
    payment_id = charged_twice(market)
    own = market.payment(payment_id).intent_id
    (other,) = [each.intent_id for each in charges(market, payment_id) if each.intent_id != own]
    market.sandbox.control("disputes", payment_intent=other)
    work(market)
    assert the_duplicate(market).status == "stuck"
    assert refunds(market, payment_id) == []
    assert (market.of(market.ada), market.of(market.bob)) == (0, 1000)
    assert refused(lambda: reconcile(market.desk, thorough=True)) == "done"
