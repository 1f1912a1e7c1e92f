from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
import requests
from fixture_types import Charge, Open, Paid, Save
from sandbox_process import BACK, KEY, WEBHOOK_SECRET, Sandbox, pay, send

from svc_payments.provider.base import CardDeclined, Checkout, NotOurs, PaymentSnapshot, ProviderRefused
from svc_payments.provider.stripe_provider import StripeProvider


def of(provider: StripeProvider, page: Checkout) -> PaymentSnapshot:
    return provider.fetch_payment(session_id=page.session_id)


def test_an_open_page_waits_for_its_payer(provider: StripeProvider, open_page: Open) -> None:
    page = open_page(payment_id="payment-1", amount=1234, currency="USD")
    found = of(provider, page)
    assert (found.status, found.action_url, found.intent_id) == ("requires_action", page.url, None)
    assert (found.payment_id, found.payer_id, found.amount, found.currency) == ("payment-1", "user-1", 1234, "USD")
    assert found.received == 0
    assert 23 * 3600 < (page.expires_at - found.created).total_seconds() <= 24 * 3600 + 5


@pytest.mark.parametrize("card", ["4242424242424242", "5555555555554444", "4000002500003155", "4000002760003184"])
def test_cards_that_pay(provider: StripeProvider, open_page: Open, card: str) -> None:
    page = open_page(payment_id="payment-2")
    assert pay(page.url, card) == BACK
    found = of(provider, page)
    assert (found.status, found.received, found.failure, found.action_url) == ("succeeded", 1000, None, None)
    assert (found.provider_fee, found.provider_fee_currency) == (40, "EUR")
    assert found.charge_id is not None
    assert found.intent_id is not None
    again = provider.fetch_payment(intent_id=found.intent_id)
    assert (again.payment_id, again.status, again.charge_id) == ("payment-2", "succeeded", found.charge_id)


@pytest.mark.parametrize(
    ("card", "failure"),
    [("4000000000000002", "card_declined"), ("4000000000009995", "insufficient_funds")],
)
def test_a_refused_payer_may_try_another_card(
    provider: StripeProvider, open_page: Open, card: str, failure: str
) -> None:
    page = open_page()
    assert send(page.url, shortcut=card).status_code == 200
    found = of(provider, page)
    assert (found.status, found.failure, found.action_url) == ("requires_action", failure, page.url)
    assert found.charge_id is None
    # The same is seen by whoever only knows the intent.
    assert provider.fetch_payment(intent_id=found.intent_id).status == "requires_action"
    pay(page.url)
    found = of(provider, page)
    assert (found.status, found.failure, found.received) == ("succeeded", None, 1000)


def test_a_question_of_the_bank_that_is_not_answered_leaves_the_page_open(
    provider: StripeProvider, open_page: Open
) -> None:
    page = open_page()
    question = send(page.url, shortcut="4000002500003155").headers["Location"]
    assert of(provider, page).status == "requires_action"
    back = send(question, answer="fail").headers["Location"]
    assert back.startswith(page.url)
    assert "The confirmation failed" in requests.get(back, timeout=60).text
    found = of(provider, page)
    assert (found.status, found.failure) == ("requires_action", "payment_intent_authentication_failure")
    assert send(question, answer="complete").status_code == 410  # it was answered already
    assert of(provider, page).received == 0


def test_a_form_sent_twice_at_once_pays_once(sandbox: Sandbox, provider: StripeProvider, open_page: Open) -> None:
    page = open_page()
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: send(page.url, shortcut="4242424242424242"), range(6)))
    assert {answer.headers["Location"] for answer in answers} == {BACK}
    charges = sandbox.call("GET", "/v1/charges", {"payment_intent": of(provider, page).intent_id}).json()["data"]
    assert len(charges) == 1


def test_the_same_call_opens_one_page(provider: StripeProvider, open_page: Open) -> None:
    first = open_page(call_id="call-1", payment_id="payment-3")
    assert open_page(call_id="call-1", payment_id="payment-3") == first


def test_a_call_id_is_not_taken_for_something_else(provider: StripeProvider, open_page: Open) -> None:
    call_id = uuid4().hex
    open_page(call_id=call_id, payment_id="payment-4")
    with pytest.raises(ProviderRefused) as refused:
        open_page(call_id=call_id, payment_id="payment-4", amount=1001)
    assert refused.value.code == "idempotency_error"
    with pytest.raises(ProviderRefused):
        provider.make_customer(call_id=call_id, user_id="user-1")


@pytest.mark.parametrize(("amount", "code"), [(49, "amount_too_small"), (100_000_000, "amount_too_large")])
def test_amounts_have_limits(open_page: Open, amount: int, code: str) -> None:
    with pytest.raises(ProviderRefused) as refused:
        open_page(amount=amount)
    assert refused.value.code == code


def test_a_page_without_a_title_has_one(open_page: Open) -> None:
    assert "<h1>Charla</h1>" in requests.get(open_page(title="").url, timeout=60).text


def test_a_page_can_be_closed(provider: StripeProvider, open_page: Open) -> None:
    page = open_page()
    send(page.url, shortcut="4000000000000002")
    assert provider.expire_checkout(page.session_id).status == "expired"
    assert provider.expire_checkout(page.session_id).status == "expired"
    intent_id = of(provider, page).intent_id
    assert provider.fetch_payment(intent_id=intent_id).status == "expired"
    assert send(page.url, shortcut="4242424242424242").status_code == 410
    assert of(provider, page).received == 0


def test_a_page_on_which_somebody_paid_cannot_be_closed(provider: StripeProvider, open_page: Open) -> None:
    page = open_page()
    pay(page.url)
    assert provider.expire_checkout(page.session_id).status == "succeeded"


def test_a_question_that_is_open_while_the_page_is_closed_is_over(provider: StripeProvider, open_page: Open) -> None:
    page = open_page()
    question = send(page.url, shortcut="4000002500003155").headers["Location"]
    assert provider.expire_checkout(page.session_id).status == "expired"
    assert send(question, answer="complete").status_code == 410
    assert of(provider, page).received == 0


def test_payments_of_another_installation_are_left_alone(
    sandbox: Sandbox, provider: StripeProvider, paid: Paid, open_page: Open
) -> None:
    neighbour = StripeProvider(KEY, WEBHOOK_SECRET, sandbox.url, 2.0, installation="neighbour")
    mine, page = paid(), open_page()
    with pytest.raises(NotOurs):
        neighbour.fetch_payment(intent_id=mine.intent_id)
    with pytest.raises(NotOurs):
        neighbour.fetch_payment(session_id=page.session_id)


def test_what_does_not_exist_is_refused(provider: StripeProvider) -> None:
    with pytest.raises(ProviderRefused) as refused:
        provider.fetch_payment(intent_id="pi_nothing")
    assert refused.value.code == "resource_missing"
    with pytest.raises(ProviderRefused):
        provider.fetch_payment()


# saved cards


@pytest.fixture
def charge(provider: StripeProvider, customer: str) -> Charge:
    def made(method_id: str, **otherwise: object) -> PaymentSnapshot:
        arguments: dict[str, object] = {
            "call_id": uuid4().hex,
            "payment_id": "payment-5",
            "payer_id": "user-1",
            "customer_id": customer,
            "method_id": method_id,
            "amount": 700,
            "currency": "EUR",
            "title": "A tip",
            "return_url": BACK,
        }
        return provider.charge_saved(**{**arguments, **otherwise})  # type: ignore[arg-type]

    return made


def test_a_card_is_saved_while_paying(provider: StripeProvider, customer: str, paid: Paid, charge: Charge) -> None:
    paid(customer_id=customer)
    assert provider.list_methods(customer) == []
    found = paid(customer_id=customer, save_card=True)
    methods = provider.list_methods(customer)
    assert [method.method_id for method in methods] == [found.method_id]
    assert (methods[0].brand, methods[0].last4, methods[0].exp_month) == ("visa", "4242", 12)
    again = charge(methods[0].method_id)
    assert (again.status, again.received, again.payment_id) == ("succeeded", 700, "payment-5")


def test_a_saved_card_is_charged_once_for_a_call(sandbox: Sandbox, customer: str, saved: Save, charge: Charge) -> None:
    method = saved("4242424242424242")
    first = charge(method, call_id=f"call-{method}")
    assert charge(method, call_id=f"call-{method}").intent_id == first.intent_id
    assert len(sandbox.call("GET", "/v1/payment_intents", {"customer": customer}).json()["data"]) == 1


def test_cards_are_listed_newest_first_and_forgotten(provider: StripeProvider, customer: str, saved: Save) -> None:
    first, second = saved("4242424242424242"), saved("5555555555554444")
    assert [method.method_id for method in provider.list_methods(customer)] == [second, first]
    provider.detach_method(first)
    provider.detach_method(first)
    assert [method.method_id for method in provider.list_methods(customer)] == [second]


def test_a_forgotten_card_is_not_charged(provider: StripeProvider, saved: Save, charge: Charge) -> None:
    method = saved("4242424242424242")
    provider.detach_method(method)
    with pytest.raises(ProviderRefused):
        charge(method)


@pytest.mark.parametrize("card", ["4000000000000002", "4000000000009995"])
def test_a_card_that_is_refused_is_not_saved(provider: StripeProvider, customer: str, card: str) -> None:
    page = provider.open_setup(call_id=uuid4().hex, user_id="user-1", customer_id=customer, return_url=BACK)
    assert send(page.url, shortcut=card).status_code == 200
    assert provider.list_methods(customer) == []


@pytest.mark.parametrize("present", [True, False])
def test_a_saved_card_that_fails_is_declined_each_time(
    provider: StripeProvider, saved: Save, charge: Charge, present: bool
) -> None:
    method, call_id = saved("4000000000000341"), uuid4().hex
    with pytest.raises(CardDeclined) as declined:
        charge(method, call_id=call_id, present=present)
    assert declined.value.code == "card_declined"
    with pytest.raises(CardDeclined) as again:
        charge(method, call_id=call_id, present=present)
    assert again.value.intent_id == declined.value.intent_id is not None
    found = provider.fetch_payment(intent_id=declined.value.intent_id)
    assert (found.status, found.failure, found.received) == ("failed", "card_declined", 0)


def test_the_holder_of_a_saved_card_is_asked_while_present(
    provider: StripeProvider, saved: Save, charge: Charge
) -> None:
    found = charge(saved("4000002500003155"))
    assert found.status == "requires_action"
    assert found.action_url is not None
    back = send(found.action_url, answer="complete").headers["Location"]
    assert back == f"{BACK}?payment_intent={found.intent_id}&redirect_status=succeeded"
    assert provider.fetch_payment(intent_id=found.intent_id).received == 700


def test_a_holder_who_fails_has_paid_nothing(provider: StripeProvider, saved: Save, charge: Charge) -> None:
    found = charge(saved("4000002760003184"))
    assert found.action_url is not None
    send(found.action_url, answer="fail")
    found = provider.fetch_payment(intent_id=found.intent_id)
    assert (found.status, found.failure) == ("failed", "payment_intent_authentication_failure")


def test_a_card_saved_with_its_holders_proof_is_charged_without_them(saved: Save, charge: Charge) -> None:
    assert charge(saved("4000002500003155"), present=False).status == "succeeded"


def test_a_card_that_always_asks_is_declined_without_its_holder(
    provider: StripeProvider, saved: Save, charge: Charge
) -> None:
    with pytest.raises(CardDeclined) as declined:
        charge(saved("4000002760003184"), present=False)
    assert declined.value.code == "authentication_required"
    assert provider.fetch_payment(intent_id=declined.value.intent_id).status == "failed"


def test_a_payment_that_waits_can_be_given_up(provider: StripeProvider, saved: Save, charge: Charge) -> None:
    method = saved("4000002500003155")
    found = charge(method)
    assert found.intent_id is not None
    assert provider.cancel_intent(found.intent_id).status == "canceled"
    assert provider.cancel_intent(found.intent_id).status == "canceled"
    done = charge(method, present=False)
    assert done.intent_id is not None
    assert provider.cancel_intent(done.intent_id).status == "succeeded"


def test_a_page_that_saves_a_card_is_no_payment(provider: StripeProvider, customer: str) -> None:
    page = provider.open_setup(call_id=uuid4().hex, user_id="user-1", customer_id=customer, return_url=BACK)
    with pytest.raises(NotOurs):
        provider.fetch_payment(session_id=page.session_id)
