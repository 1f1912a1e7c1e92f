"""Giving back: whole or in parts, by card or balance, with the fee and the access, never more than is left."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from contracts.base import new_id
from svc_payments.actions import refunding, settling
from svc_payments.ledger import accounts
from svc_payments.ledger.balances import balance_of
from svc_payments.ledger.posting import Cause
from svc_payments.payment_models import ProviderCall, Refund
from tests.svc_payments_flows.market import Market, keyed, refused
from tests.svc_payments_provider.sandbox_process import wait_for

REFUND_FAILS, REFUND_WAITS = "4000000000005126", "4000000000007726"


def bought(market: Market, amount: int = 1000, card: str = "4242424242424242") -> tuple[str, str]:
    """Let Ada buy a post of Bob's by card; return the payment's and the post's ids."""
    post = market.channels.post(market.channels.channel(market.bob), amount)
    view = market.finish(market.buy(post), card)
    assert view["status"] == "succeeded"
    return view["id"], post


def test_a_whole_refund_gives_back_money_fee_and_access(market: Market) -> None:
    payment_id, post = bought(market)
    made = market.refund(payment_id, reason="sorry")
    assert (made["amount"], made["status"], made["ends_access"], made["reason"]) == (1000, "succeeded", True, "sorry")
    assert (market.of(market.bob), market.held(accounts.FEES)) == (0, 0)
    assert not market.may_read(market.ada, post)
    assert [each["active"] for each in market.events("entitlement_changed")] == [True, False]
    (told,) = market.events("payment_refunded")
    assert (told["amount"], told["payer_id"]) == (1000, market.ada)
    assert market.see(payment_id, market.ada)["refunded"] == 1000
    assert refused(lambda: market.refund(payment_id)) == "not_refundable"


def test_a_part_leaves_the_access_and_many_parts_give_back_all_of_the_fee(market: Market) -> None:
    payment_id, post = bought(market, 999)  # a fee of 50
    for part in (333, 333):
        assert market.refund(payment_id, part)["ends_access"] is False
        assert market.may_read(market.ada, post)
    assert refused(lambda: market.refund(payment_id, 334)) == "not_refundable"
    assert market.refund(payment_id)["ends_access"] is True
    assert (market.of(market.bob), market.held(accounts.FEES)) == (0, 0)
    assert not market.may_read(market.ada, post)


def test_whether_access_ends_can_be_said(market: Market) -> None:
    payment_id, post = bought(market)
    market.refund(payment_id, 100, end_access=True)
    assert not market.may_read(market.ada, post)
    other, other_post = bought(market)
    market.refund(other, end_access=False)
    assert market.may_read(market.ada, other_post)


def test_held_money_is_given_back_from_what_is_held(market: Market) -> None:
    payment_id, _ = bought(market)
    market.give(market.bob, 500)
    market.refund(payment_id, 400)
    balance = market.look(balance_of, accounts.person(market.bob), "EUR")
    assert (balance.available, balance.total) == (500, 500 + 950 - 380)


def test_a_balance_payment_is_refunded_inside(market: Market) -> None:
    market.give(market.ada, 1000)
    done = market.pay(1000, method="balance")
    made = market.refund(done["id"], 400)
    assert (made["status"], market.of(market.ada), market.of(market.bob)) == ("succeeded", 400, 600)
    assert market.count(ProviderCall) == 0


def test_only_the_payee_and_admins_give_back(market: Market) -> None:
    payment_id, _ = bought(market)
    assert refused(lambda: market.refund(payment_id, by=market.ada)) == "not_your_money"
    assert refused(lambda: market.refund(payment_id, by=market.eve)) == "unknown_payment"
    assert refused(lambda: market.refund(new_id())) == "unknown_payment"
    with keyed(market.eve, None, "user", "admin"):
        assert market.service.create_refund(payment_id=payment_id, amount=100)["requested_by"] == market.eve
    with keyed(market.ada):
        assert len(market.service.list_refunds(payment_id=payment_id)["items"]) == 1
    with keyed(market.eve):
        assert refused(lambda: market.service.list_refunds(payment_id=payment_id)) == "unknown_payment"


def test_who_has_spent_the_money_cannot_give_it_back_but_an_admin_can(market: Market) -> None:
    market.give(market.ada, 1000)
    done = market.pay(1000, method="balance")
    with keyed(market.bob):
        market.service.create_payment(
            conversation_id=market.chat, payee_id=market.ada, amount=800, currency="EUR", method="balance"
        )
    assert refused(lambda: market.refund(done["id"])) == "balance_too_low"
    with keyed(market.eve, None, "user", "admin"):
        market.service.create_refund(payment_id=done["id"])
    assert (market.of(market.bob), market.of(market.ada)) == (-800, 1800)


def test_what_is_open_or_failed_is_not_refundable(market: Market) -> None:
    begun = market.pay()
    assert refused(lambda: market.refund(begun["id"])) == "not_refundable"
    with keyed(market.ada):
        market.service.cancel_payment(payment_id=begun["id"])
    assert refused(lambda: market.refund(begun["id"])) == "not_refundable"


def test_a_refund_that_fails_afterwards_is_taken_back(market: Market) -> None:
    payment_id, post = bought(market, card=REFUND_FAILS)
    market.refund(payment_id)
    assert not market.may_read(market.ada, post)
    refund = market.look(lambda session: session.scalars(select(Refund)).one())
    wait_for(lambda: market.provider.fetch_refund(refund.provider_id).status == "failed")
    market.hear()
    assert market.may_read(market.ada, post)
    assert (market.of(market.bob), market.held(accounts.FEES)) == (950, 50)
    view = market.see(payment_id, market.ada)
    assert view["refunded"] == 0
    assert market.posted("refund_failed") == 1
    assert refused(lambda: market.refund(payment_id, 100)) == "done"


def test_a_refund_that_waits_succeeds_later(market: Market) -> None:
    payment_id, _ = bought(market, card=REFUND_WAITS)
    assert market.refund(payment_id)["status"] == "pending"
    refund = market.look(lambda session: session.scalars(select(Refund)).one())
    wait_for(lambda: market.provider.fetch_refund(refund.provider_id).status == "succeeded")
    market.hear()
    assert market.look(lambda session: session.scalars(select(Refund)).one()).status == "succeeded"
    assert market.posted("refund") == 1


def test_a_refund_that_the_provider_refuses_is_taken_back_at_once(market: Market) -> None:
    payment_id, post = bought(market)
    market.sandbox.control("calls", how="refuse", method="POST", path="/v1/refunds", code="charge_already_refunded")
    assert market.refund(payment_id)["status"] == "failed"
    assert (market.of(market.bob), market.may_read(market.ada, post)) == (950, True)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_refund_whose_answer_was_lost_is_made_once(market: Market, moment: str) -> None:
    payment_id, _ = bought(market)
    market.sandbox.control("calls", how="drop", moment=moment, method="POST", path="/v1/refunds", count=2)
    assert market.refund(payment_id, 400)["status"] == "pending"
    assert market.of(market.bob) == 570  # nobody spends what is on its way back
    market.let_calls_be_due()
    assert market.work() == 1
    market.hear()
    assert [
        each.amount for each in market.provider.fetch_payment(intent_id=market.payment(payment_id).intent_id).refunds
    ] == [400]
    assert (market.count(Refund, Refund.status == "succeeded"), market.posted("refund")) == (1, 1)


def test_a_refund_made_at_the_providers_own_desk_counts(market: Market) -> None:
    payment_id, post = bought(market)
    intent = market.payment(payment_id).intent_id
    market.sandbox.call("POST", "/v1/refunds", {"payment_intent": intent, "amount": 1000})
    market.hear()
    market.hear()
    refund = market.look(lambda session: session.scalars(select(Refund)).one())
    assert (refund.requested_by, refund.amount, refund.status) == (None, 1000, "succeeded")
    assert (market.of(market.bob), market.may_read(market.ada, post)) == (0, False)


def test_access_that_ended_as_all_went_back_is_there_again_where_a_part_of_it_did_not(market: Market) -> None:
    payment_id, post = bought(market, 999, card=REFUND_FAILS)
    market.refund(payment_id, 500)
    market.refund(payment_id)
    assert not market.may_read(market.ada, post)
    first, last = market.look(lambda session: session.scalars(select(Refund).order_by(Refund.created_at)).all())
    cause = Cause("provider", "test")
    failed = replace(market.provider.fetch_refund(first.provider_id), status="failed")
    market.desk.write(
        lambda session: refunding.settle(session, settling.lock(session, payment_id), failed, cause)  # type: ignore[arg-type]
    )
    assert market.may_read(market.ada, post)
    assert (market.of(market.bob), market.held(accounts.FEES)) == (999 - 499 - 25, 25)
    wait_for(lambda: market.provider.fetch_refund(last.provider_id).status == "failed")
    market.hear()
    assert (market.of(market.bob), market.held(accounts.FEES)) == (949, 50)
    assert market.may_read(market.ada, post)
