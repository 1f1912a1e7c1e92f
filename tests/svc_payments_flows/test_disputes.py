"""Disputes: the bank takes the money and the access, and sometimes gives them back."""

from __future__ import annotations

from typing import Any

from svc_payments.ledger import accounts
from svc_payments.payment_models import Dispute
from tests.svc_payments_flows.market import Market, keyed, refused
from tests.svc_payments_flows.test_refunds import bought


def dispute(market: Market, payment_id: str, **more: Any) -> str:
    """Let Ada's bank complain, and us hear of it; return the dispute's id at the provider."""
    made = market.sandbox.control("disputes", payment_intent=market.payment(payment_id).intent_id, **more)
    market.hear()
    return str(made["id"])


def close(market: Market, dispute_id: str, status: str) -> None:
    market.sandbox.control(f"disputes/{dispute_id}/close", status=status)
    market.hear()


def test_a_dispute_takes_money_fee_and_access(market: Market) -> None:
    payment_id, post = bought(market)
    dispute(market, payment_id)
    assert (market.of(market.bob), market.held(accounts.FEES)) == (0, 0)
    assert market.held(accounts.COSTS) == -40 - 1500
    assert not market.may_read(market.ada, post)
    view = market.see(payment_id, market.bob)
    assert (view["disputed"], view["status"]) == (True, "succeeded")
    assert refused(lambda: market.refund(payment_id)) == "not_refundable"
    for person, count in ((market.ada, 1), (market.bob, 1), (market.eve, 0)):
        with keyed(person):
            assert len(market.service.list_disputes()["items"]) == count


def test_a_dispute_that_is_won_gives_back_all_but_its_fee(market: Market) -> None:
    payment_id, post = bought(market)
    close(market, dispute(market, payment_id), "won")
    assert (market.of(market.bob), market.held(accounts.FEES)) == (950, 50)
    assert market.held(accounts.COSTS) == -40 - 1500
    assert market.may_read(market.ada, post)
    assert market.see(payment_id, market.bob)["disputed"] is False
    assert [each["active"] for each in market.events("entitlement_changed")] == [True, False, True]


def test_a_dispute_that_is_lost_changes_nothing_more(market: Market) -> None:
    payment_id, post = bought(market)
    close(market, dispute(market, payment_id), "lost")
    assert (market.of(market.bob), market.may_read(market.ada, post)) == (0, False)
    with keyed(market.bob):
        (shown,) = market.service.list_disputes()["items"]
    assert shown["status"] == "lost"
    assert shown["closed_at"] is not None
    assert market.see(payment_id, market.bob)["disputed"] is True


def test_an_inquiry_takes_nothing(market: Market) -> None:
    payment_id, post = bought(market)
    dispute(market, payment_id, inquiry=True)
    assert (market.of(market.bob), market.may_read(market.ada, post)) == (950, True)
    assert market.count(Dispute) == 1
    assert market.see(payment_id, market.bob)["disputed"] is False


def test_a_dispute_after_a_part_was_given_back_takes_what_it_says(market: Market) -> None:
    payment_id, _ = bought(market)
    market.refund(payment_id, 400)
    close(market, dispute(market, payment_id, amount=600), "lost")
    assert (market.of(market.bob), market.held(accounts.FEES)) == (0, 0)


def test_all_of_a_dispute_may_be_heard_of_at_once_at_the_end(market: Market) -> None:
    payment_id, post = bought(market)
    made = market.sandbox.control("disputes", payment_intent=market.payment(payment_id).intent_id)
    market.sandbox.control(f"disputes/{made['id']}/close", status="won")
    market.hear()
    assert (market.posted("dispute"), market.posted("dispute_won"), market.posted("dispute_fee")) == (1, 1, 1)
    assert (market.of(market.bob), market.may_read(market.ada, post)) == (950, True)
