"""One wish is one charge: double clicks, many at a time, keys that come again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import eventlet
import pytest

from contracts.base import new_id
from plumbing.context import CallContext, working_on
from svc_payments.models import LedgerTransaction
from svc_payments.payment_models import Payment, PaymentRequest, ProviderCall, Refund
from tests.services import user_token
from tests.svc_payments_flows.market import Market, keyed, refused

AT_ONCE = 50


def at_once(work: Callable[[], Any], times: int = AT_ONCE) -> list[str]:
    """Return what came of doing it so often at the same time, for those who were not told to try again.

    Thirty connections serve fifty: on a busy machine some wait too long for one.
    """
    pool = eventlet.GreenPool(times)
    return [code for code in pool.imap(lambda _: refused(work), range(times)) if code != "database_away"]


def test_fifty_requests_of_one_key_charge_once(market: Market) -> None:
    card, key, views = market.saved_card(market.ada), new_id(), []
    codes = at_once(lambda: views.append(market.pay(1000, method=card, key=key)))
    assert set(codes) == {"done"}
    assert len({view["id"] for view in views}) == market.count(Payment) == 1
    assert market.pay(1000, method=card, key=key)["status"] == "succeeded"
    assert (market.posted("charge"), market.of(market.bob)) == (1, 1000)
    intents = market.sandbox.call("GET", "/v1/payment_intents", {"limit": 100}).json()["data"]
    assert sum(intent["metadata"].get("payment_id") == views[0]["id"] for intent in intents) == 1


def test_of_fifty_with_keys_of_their_own_the_balance_pays_one(market: Market) -> None:
    market.give(market.ada, 1000)
    codes = at_once(lambda: market.pay(1000, method="balance"))
    assert codes.count("done") == 1
    assert set(codes) == {"done", "balance_too_low"}
    assert (market.of(market.ada), market.of(market.bob), market.count(Payment)) == (0, 1000, 1)


def test_fifty_clicks_on_a_post_buy_it_once(market: Market) -> None:
    market.give(market.ada, 10_000)
    post = market.channels.post(market.channels.channel(market.bob), 300)
    codes = at_once(lambda: market.buy(post, "balance"), 20)
    assert codes.count("done") == 1
    assert set(codes) == {"done", "already_paid_for"}
    assert market.of(market.ada) == 9700


def test_fifty_clicks_on_a_page_open_one(market: Market) -> None:
    post = market.channels.post(market.channels.channel(market.bob), 300)
    assert set(at_once(lambda: market.buy(post), 20)) == {"done"}
    assert (market.count(Payment), market.count(ProviderCall)) == (1, 0)


def test_fifty_refunds_of_one_payment_give_back_what_it_was(market: Market) -> None:
    market.give(market.ada, 1000)
    done = market.pay(1000, method="balance")
    codes = at_once(lambda: market.refund(done["id"], 300), 20)
    assert codes.count("done") == 3
    assert set(codes) == {"done", "not_refundable"}
    assert (market.of(market.ada), market.of(market.bob)) == (900, 100)


def test_a_repeated_call_shows_the_payment_as_it_is_now(market: Market) -> None:
    key = new_id()
    begun = market.pay(key=key)
    market.finish(begun)
    again = market.pay(key=key)
    assert (again["id"], again["status"]) == (begun["id"], "succeeded")


def test_a_repeated_call_is_answered_although_the_payer_left_meanwhile(market: Market) -> None:
    market.give(market.ada, 1000)
    key = new_id()
    begun = market.pay(key=key, method="balance")
    market.messaging.members[market.chat].discard(market.ada)
    assert market.pay(key=key, method="balance") == begun
    assert refused(lambda: market.pay(method="balance")) == "unknown_conversation"


def test_a_key_belongs_to_its_request(market: Market) -> None:
    key = new_id()
    market.pay(1000, key=key)
    assert refused(lambda: market.pay(1001, key=key)) == "idempotency_mismatch"
    with keyed(market.bob, key):  # to everybody their own keys
        assert refused(lambda: market.service.top_up(amount=500, currency="EUR")) == "done"


def test_a_key_whose_call_was_refused_is_free(market: Market) -> None:
    key = new_id()
    assert refused(lambda: market.pay(1000, method="balance", key=key)) == "balance_too_low"
    market.give(market.ada, 1000)
    assert market.pay(1000, method="balance", key=key)["status"] == "succeeded"


def test_a_key_whose_purchase_was_refused_is_free(market: Market) -> None:
    key, post = new_id(), market.channels.post(market.channels.channel(market.bob), 300)
    assert refused(lambda: market.buy(post, "balance", key=key)) == "balance_too_low"
    market.give(market.ada, 300)
    assert market.buy(post, "balance", key=key)["status"] == "succeeded"


@pytest.mark.parametrize(
    "call",
    [
        lambda m: m.service.create_payment(conversation_id=m.chat, payee_id=m.bob, amount=500, currency="EUR"),
        lambda m: m.service.create_tip(channel_id=m.channels.channel(m.bob), amount=500, currency="EUR"),
        lambda m: m.service.buy_post(post_id=m.channels.post(m.channels.channel(m.bob), 300)),
        lambda m: m.service.top_up(amount=500, currency="EUR"),
        lambda m: m.service.pay_request(request_id=new_id()),
        lambda m: m.service.create_refund(payment_id=new_id()),
        lambda m: m.service.create_payment_request(conversation_id=m.chat, payer_id=m.bob, amount=500, currency="EUR"),
    ],
)
def test_calls_that_move_money_need_a_key(market: Market, call: Callable[[Market], Any]) -> None:
    with working_on(CallContext(token=user_token(market.ada))):
        assert refused(lambda: call(market)) == "idempotency_key_required"
    assert market.count(Payment) == market.count(PaymentRequest) == market.count(Refund) == 0
    assert market.count(LedgerTransaction) == 0
