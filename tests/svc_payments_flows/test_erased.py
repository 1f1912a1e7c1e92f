"""What comes of people late, after their account is gone: the books have it, and nothing of theirs is noted again."""

from __future__ import annotations

import pytest

from contracts.auth import AccountErased
from contracts.base import new_id
from svc_payments.actions.erasing import erasures
from svc_payments.payment_models import ProviderCall, SavedCard
from svc_payments.plan_models import ErasedPerson, Erasure
from tests.svc_payments_flows.market import VISA, Market, keyed
from tests.svc_payments_provider.sandbox_process import BACK, pay


def erase(market: Market, person: str) -> None:
    event = AccountErased(user_id=person, messages="keep")
    market.desk.write(lambda session: erasures.begin(session, event))
    while market.desk.write(lambda session: erasures.erase_piece(session, person)):
        pass


@pytest.mark.parametrize("heard", ["after", "while"])
def test_a_checkout_that_was_paid_before_notes_no_card(market: Market, heard: str) -> None:
    begun = market.pay(note="rent")
    pay(str(begun["action_url"]))
    if heard == "after":
        erase(market, market.ada)
        assert (market.count(Erasure), market.count(ErasedPerson)) == (0, 1)
    else:
        event = AccountErased(user_id=market.ada, messages="keep")
        market.desk.write(lambda session: erasures.begin(session, event))
    market.hear()
    if heard == "while":
        assert market.payment(begun["id"]).method_id is None
        erase(market, market.ada)
    row = market.payment(begun["id"])
    assert (row.status, row.method_id, row.method, row.note) == ("succeeded", None, "card", "")
    assert market.of(market.bob) == 1000


def test_a_payer_who_is_there_has_their_card_noted(market: Market) -> None:
    assert market.payment(market.paid()["id"]).method_id is not None


def test_a_card_that_was_saved_late_is_forgotten_by_the_provider(market: Market) -> None:
    begun = market.pay()
    with keyed(market.ada):
        customer_id = market.provider.make_customer(call_id=new_id(), user_id=market.ada)
    page = market.provider.open_checkout(
        call_id=new_id(), payment_id=begun["id"], payer_id=market.ada, customer_id=customer_id, amount=1000,
        currency="EUR", title="Saved", return_url=BACK, save_card=True,
    )  # fmt: skip
    erase(market, market.ada)
    market.let_calls_be_due()
    market.work()
    pay(str(page.url), VISA)
    assert len(market.provider.list_methods(customer_id)) == 1
    market.hear()
    market.let_calls_be_due()
    market.work()
    assert market.provider.list_methods(customer_id) == []
    assert (market.payment(begun["id"]).status, market.payment(begun["id"]).method_id) == ("succeeded", None)
    assert (market.count(SavedCard), market.count(ProviderCall)) == (0, 0)
