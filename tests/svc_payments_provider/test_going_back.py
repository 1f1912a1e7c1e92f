from __future__ import annotations

from uuid import uuid4

import pytest
from fixture_types import Paid
from sandbox_process import KEY, WEBHOOK_SECRET, Sandbox, wait_for

from svc_payments.provider.base import NotOurs, PaymentSnapshot, ProviderRefused, RefundSnapshot
from svc_payments.provider.stripe_provider import StripeProvider


def give_back(provider: StripeProvider, payment: PaymentSnapshot, amount: int, call_id: str = "") -> RefundSnapshot:
    assert payment.intent_id is not None
    metadata = {"refund_id": "refund-1"}
    return provider.refund(
        call_id=call_id or uuid4().hex, intent_id=payment.intent_id, amount=amount, metadata=metadata
    )


def test_parts_are_given_back_until_all_is(provider: StripeProvider, paid: Paid) -> None:
    payment = paid(payment_id="payment-1")
    first = give_back(provider, payment, 300, "call-a" + str(payment.intent_id))
    assert give_back(provider, payment, 300, "call-a" + str(payment.intent_id)) == first
    assert (first.amount, first.currency, first.status, first.payment_id) == (300, "EUR", "succeeded", "payment-1")
    assert first.metadata["refund_id"] == "refund-1"
    second = give_back(provider, payment, 700)
    found = provider.fetch_payment(intent_id=payment.intent_id)
    assert [refund.refund_id for refund in found.refunds] == [first.refund_id, second.refund_id]
    assert {refund.payment_id for refund in found.refunds} == {"payment-1"}
    with pytest.raises(ProviderRefused) as refused:
        give_back(provider, payment, 50)
    assert refused.value.code == "charge_already_refunded"


def test_more_than_was_paid_is_refused(provider: StripeProvider, paid: Paid) -> None:
    payment = paid()
    with pytest.raises(ProviderRefused):
        give_back(provider, payment, 1001)
    assert provider.fetch_payment(intent_id=payment.intent_id).refunds == ()


def test_more_refunds_than_an_object_encloses_are_all_seen(provider: StripeProvider, paid: Paid) -> None:
    payment = paid()
    made = [give_back(provider, payment, 50 + place).refund_id for place in range(12)]
    found = provider.fetch_payment(intent_id=payment.intent_id)
    assert [refund.refund_id for refund in found.refunds] == made


def test_a_refund_may_wait(provider: StripeProvider, paid: Paid) -> None:
    refund = give_back(provider, paid("4000000000007726"), 1000)
    assert refund.status == "pending"
    wait_for(lambda: provider.fetch_refund(refund.refund_id).status == "succeeded")


def test_a_refund_may_fail_after_it_succeeded(provider: StripeProvider, paid: Paid) -> None:
    payment = paid("4000000000005126")
    refund = give_back(provider, payment, 1000)
    assert refund.status == "succeeded"
    found = wait_for(lambda: provider.fetch_refund(refund.refund_id).failure)
    assert found == "expired_or_canceled_card"
    # Its money is ours again, and can be sent once more.
    assert give_back(provider, payment, 1000).status == "succeeded"


def test_a_test_may_let_a_refund_fail(sandbox: Sandbox, provider: StripeProvider, paid: Paid) -> None:
    payment = paid()
    refund = give_back(provider, payment, 400)
    sandbox.control(f"refunds/{refund.refund_id}/fail")
    assert provider.fetch_refund(refund.refund_id).status == "failed"
    assert [one.status for one in provider.fetch_payment(intent_id=payment.intent_id).refunds] == ["failed"]


@pytest.mark.parametrize("outcome", ["won", "lost"])
def test_a_dispute_takes_the_money_and_its_fee(
    sandbox: Sandbox, provider: StripeProvider, paid: Paid, outcome: str
) -> None:
    payment = paid(payment_id="payment-2")
    made = sandbox.control("disputes", payment_intent=payment.intent_id, reason="fraudulent")
    found = provider.fetch_dispute(made["id"])
    assert (found.status, found.withdrawn, found.reinstated) == ("open", True, False)
    assert (found.amount, found.currency, found.fee, found.fee_currency) == (1000, "EUR", 1500, "EUR")
    assert (found.payment_id, found.charge_id, found.reason) == ("payment-2", payment.charge_id, "fraudulent")
    sandbox.control(f"disputes/{made['id']}/close", status=outcome)
    found = provider.fetch_dispute(made["id"])
    assert (found.status, found.reinstated, found.fee) == (outcome, outcome == "won", 1500)
    assert provider.fetch_payment(intent_id=payment.intent_id).dispute == found


def test_an_inquiry_takes_nothing(sandbox: Sandbox, provider: StripeProvider, paid: Paid) -> None:
    made = sandbox.control("disputes", payment_intent=paid().intent_id, inquiry=True)
    found = provider.fetch_dispute(made["id"])
    assert (found.status, found.withdrawn, found.fee) == ("open", False, 0)
    sandbox.control(f"disputes/{made['id']}/close", status="won")
    found = provider.fetch_dispute(made["id"])
    assert (found.status, found.withdrawn, found.reinstated) == ("won", False, False)


def test_a_card_disputes_by_itself(provider: StripeProvider, paid: Paid) -> None:
    payment = paid("4000000000000259")
    found = wait_for(lambda: provider.fetch_payment(intent_id=payment.intent_id).dispute)
    assert (found.status, found.withdrawn) == ("open", True)


def test_what_is_disputed_cannot_be_given_back(sandbox: Sandbox, provider: StripeProvider, paid: Paid) -> None:
    payment = paid()
    sandbox.control("disputes", payment_intent=payment.intent_id)
    with pytest.raises(ProviderRefused) as refused:
        give_back(provider, payment, 1000)
    assert refused.value.code == "charge_disputed"


def test_refunds_and_disputes_of_others_are_left_alone(sandbox: Sandbox, provider: StripeProvider, paid: Paid) -> None:
    payment = paid()
    refund = give_back(provider, payment, 100)
    dispute = sandbox.control("disputes", payment_intent=payment.intent_id)
    neighbour = StripeProvider(KEY, WEBHOOK_SECRET, sandbox.url, 2.0, installation="neighbour")
    with pytest.raises(NotOurs):
        neighbour.fetch_refund(refund.refund_id)
    with pytest.raises(NotOurs):
        neighbour.fetch_dispute(dispute["id"])


def test_a_refund_made_at_the_providers_desk_is_ours_too(
    sandbox: Sandbox, provider: StripeProvider, paid: Paid
) -> None:
    payment = paid(payment_id="payment-3")
    made = sandbox.call("POST", "/v1/refunds", {"payment_intent": payment.intent_id, "amount": 250}).json()
    found = provider.fetch_refund(made["id"])
    assert (found.payment_id, found.amount, dict(found.metadata)) == ("payment-3", 250, {})
