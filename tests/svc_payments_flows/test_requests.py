"""Asking people in a chat for money."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts.base import new_id
from contracts.payments import PaymentRequestView
from plumbing.live_channels import user_channel
from svc_payments.actions import requesting
from svc_payments.payment_models import Payment
from tests.svc_payments_flows.market import Market, keyed, refused
from tests.svc_payments_provider.sandbox_process import pay


def ask(market: Market, amount: int = 1000, key: str | None = None) -> PaymentRequestView:
    """Let Bob ask Ada for money."""
    with keyed(market.bob, key):
        return market.service.create_payment_request(
            conversation_id=market.chat, payer_id=market.ada, amount=amount, currency="EUR", note="rent"
        )


def pay_it(market: Market, request_id: str, method: str = "card", user_id: str | None = None) -> Any:
    with keyed(user_id or market.ada):
        return market.service.pay_request(request_id=request_id, method=method)


def status(market: Market, request_id: str) -> str:
    with keyed(market.ada):
        return market.service.get_payment_request(request_id=request_id)["status"]


def test_a_request_is_paid_by_card(market: Market) -> None:
    asked = ask(market)
    begun = pay_it(market, asked["id"])
    assert (begun["amount"], begun["payee_id"], begun["note"], begun["request_id"]) == (
        1000,
        market.bob,
        "rent",
        asked["id"],
    )
    assert pay_it(market, asked["id"])["id"] == begun["id"]
    market.finish(begun)
    with keyed(market.bob):
        paid = market.service.get_payment_request(request_id=asked["id"])
    assert (paid["status"], paid["payment_id"]) == ("paid", begun["id"])
    assert refused(lambda: pay_it(market, asked["id"])) == "payment_request_not_open"
    assert market.of(market.bob) == 1000
    told = market.events("payment_request_changed")
    assert [(each["status"], each["version"]) for each in told] == [("open", 1), ("paid", 2)]
    for person in (market.ada, market.bob):
        frames = [each for each in market.push.on(user_channel(person)) if each["type"] == "payment_request.changed"]
        assert [each["data"]["status"] for each in frames] == ["open", "paid"]


def test_another_method_ends_the_first_try(market: Market) -> None:
    asked = ask(market)
    begun = pay_it(market, asked["id"])
    market.give(market.ada, 1000)
    assert pay_it(market, asked["id"], "balance")["status"] == "succeeded"
    assert market.payment(begun["id"]).status == "canceled"


def test_who_was_asked_declines_and_who_asked_takes_back(market: Market) -> None:
    first, second = ask(market), ask(market)
    with keyed(market.bob):
        assert refused(lambda: market.service.decline_payment_request(request_id=first["id"])) == (
            "unknown_payment_request"
        )
        assert market.service.cancel_payment_request(request_id=second["id"])["status"] == "canceled"
        assert market.service.cancel_payment_request(request_id=second["id"])["status"] == "canceled"
    with keyed(market.ada):
        assert refused(lambda: market.service.cancel_payment_request(request_id=first["id"])) == (
            "unknown_payment_request"
        )
        assert market.service.decline_payment_request(request_id=first["id"])["status"] == "declined"
        assert refused(lambda: market.service.decline_payment_request(request_id=second["id"])) == (
            "payment_request_not_open"
        )
    for request in (first, second):
        assert refused(lambda: pay_it(market, request["id"])) == "payment_request_not_open"  # noqa: B023


def test_declining_calls_off_what_was_begun_and_money_that_came_still_counts(market: Market) -> None:
    asked = ask(market)
    begun = pay_it(market, asked["id"])
    pay(str(begun["action_url"]))  # nobody has told us
    with keyed(market.ada):
        market.service.decline_payment_request(request_id=asked["id"])
    market.let_calls_be_due()
    market.work()
    assert market.payment(begun["id"]).status == "succeeded"
    assert status(market, asked["id"]) == "paid"


def test_a_request_ends_after_thirty_days(market: Market) -> None:
    asked, other = ask(market), ask(market)
    pay_it(market, other["id"])
    later = datetime.now(UTC) + timedelta(days=30, seconds=1)
    assert market.desk.write(lambda session: requesting.expire(session, later - timedelta(seconds=2), 10)) == 0
    assert market.desk.write(lambda session: requesting.expire(session, later, 10)) == 2
    assert status(market, asked["id"]) == status(market, other["id"]) == "expired"
    assert refused(lambda: pay_it(market, asked["id"])) == "payment_request_not_open"
    assert market.events("payment_request_changed")[-1]["status"] == "expired"


def test_requests_are_seen_by_both_sides_alone(market: Market) -> None:
    asked = [ask(market)["id"] for _ in range(3)]
    with keyed(market.eve):
        assert refused(lambda: market.service.get_payment_request(request_id=asked[0])) == "unknown_payment_request"
        assert market.service.list_payment_requests()["items"] == []
    assert refused(lambda: pay_it(market, asked[0], user_id=market.eve)) == "unknown_payment_request"
    assert refused(lambda: pay_it(market, asked[0], user_id=market.bob)) == "not_to_yourself"
    assert refused(lambda: pay_it(market, new_id())) == "unknown_payment_request"
    for person in (market.ada, market.bob):
        with keyed(person):
            page = market.service.list_payment_requests(status="open", limit=2)
            rest = market.service.list_payment_requests(status="open", limit=2, after=page["next"])
        assert [each["id"] for each in page["items"] + rest["items"]] == asked[::-1]
        assert rest["next"] is None
    assert market.count(Payment) == 0


def test_who_left_the_conversation_is_paid_no_more_by_it(market: Market) -> None:
    asked = ask(market)
    market.messaging.members[market.chat].discard(market.bob)
    assert refused(lambda: pay_it(market, asked["id"])) == "unknown_payee"


def test_nobody_asks_without_end(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requesting, "MAX_OPEN", 1)
    ask(market)
    assert refused(lambda: ask(market)) == "too_many_payment_requests"


def test_the_same_key_asks_once(market: Market) -> None:
    key = new_id()
    assert ask(market, key=key) == ask(market, key=key)
