"""Cards that people have saved."""

from __future__ import annotations

from plumbing.settings import settings
from svc_payments.actions import customers
from svc_payments.payment_models import Customer
from tests.svc_payments_flows.market import Market, keyed, refused
from tests.svc_payments_provider.sandbox_process import pay

MASTERCARD = "5555555555554444"


def test_cards_are_saved_listed_chosen_and_forgotten(market: Market) -> None:
    visa = market.saved_card(market.ada)
    master = market.saved_card(market.ada, MASTERCARD)
    service = market.service
    with keyed(market.ada):
        cards = service.list_payment_methods()["items"]
        assert [(each["id"], each["last4"], each["default"]) for each in cards] == [
            (master, "4444", False),
            (visa, "4242", True),
        ]
        assert service.set_default_payment_method(method_id=master)["default"]
        service.delete_payment_method(method_id=master)
        (left,) = service.list_payment_methods()["items"]
        assert (left["id"], left["default"]) == (visa, True)
        assert refused(lambda: service.delete_payment_method(method_id=master)) == "unknown_payment_method"
    assert refused(lambda: market.pay(method=master)) == "payment_method_invalid"
    assert market.count(Customer) == 1


def test_nobody_sees_or_touches_the_cards_of_others(market: Market) -> None:
    card = market.saved_card(market.ada)
    with keyed(market.bob):
        assert market.service.list_payment_methods()["items"] == []
        for call in (market.service.set_default_payment_method, market.service.delete_payment_method):
            assert refused(lambda: call(method_id=card)) == "unknown_payment_method"  # noqa: B023
    with keyed(market.ada):
        assert len(market.service.list_payment_methods()["items"]) == 1


def test_the_page_for_a_card_leads_back_to_us(market: Market) -> None:
    with keyed(market.ada):
        url = market.service.add_payment_method(return_path="/settings/cards")["url"]
        assert refused(lambda: market.service.add_payment_method(return_path="//evil.example")) == "return_path_invalid"
    assert pay(url) == f"{settings().public_url}/settings/cards"


def test_a_card_is_known_as_soon_as_the_provider_tells(market: Market) -> None:
    with keyed(market.ada):
        pay(market.service.add_payment_method()["url"])
    market.hear()
    assert len(market.look(customers.list_cards, market.ada)) == 1


def test_without_the_provider_cards_are_not_shown(market: Market) -> None:
    market.saved_card(market.ada)
    market.sandbox.control("calls", how="error", method="GET", path="/v1/payment_methods", count=5)
    with keyed(market.ada):
        assert refused(market.service.list_payment_methods) == "payment_provider_away"
