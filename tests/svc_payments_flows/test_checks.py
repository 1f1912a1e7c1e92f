"""What people may say about money: tables of what is refused, and by which code."""

from __future__ import annotations

from typing import Any

import pytest

from svc_payments.payment_models import Payment, PaymentRequest, Refund
from tests.svc_payments_flows.market import Market, keyed, refused

AMOUNTS: list[Any] = [
    *(0, -1, -1000, 49, 100_000_000, 2**63, 2**70, -(2**63)),
    *(
        True,
        False,
        None,
        10.0,
        10.5,
        float("nan"),
        float("inf"),
        "1000",
        "10.00",
        "",
        b"1000",
        [1000],
        {"amount": 1000},
    ),
]


@pytest.mark.parametrize("amount", AMOUNTS, ids=repr)
def test_amounts_are_whole_and_within_the_limits(market: Market, amount: Any) -> None:
    channel = market.channels.channel(market.bob)
    with keyed(market.ada):
        service = market.service
        for work in (
            lambda: service.create_payment(
                conversation_id=market.chat, payee_id=market.bob, amount=amount, currency="EUR"
            ),
            lambda: service.create_tip(channel_id=channel, amount=amount, currency="EUR"),
            lambda: service.top_up(amount=amount, currency="EUR"),
            lambda: service.create_payment_request(
                conversation_id=market.chat, payer_id=market.bob, amount=amount, currency="EUR"
            ),
        ):
            assert refused(work) == "amount_invalid"
    assert market.count(Payment) == market.count(PaymentRequest) == 0


@pytest.mark.parametrize("amount", [each for each in AMOUNTS if each is not None and each != 49], ids=repr)
def test_a_part_that_is_given_back_is_whole_and_there(market: Market, amount: Any) -> None:
    market.give(market.ada, 1000)
    done = market.pay(1000, method="balance")
    assert refused(lambda: market.refund(done["id"], amount)) in ("amount_invalid", "not_refundable")
    assert market.count(Refund) == 0


@pytest.mark.parametrize(
    ("currency", "amount", "code"),
    [("EUR", 50, "done"), ("EUR", 99_999_999, "done"), ("JPY", 1, "done"), ("JPY", 999_999, "done")]
    + [("JPY", 1_000_000, "amount_invalid"), ("JPY", 0, "amount_invalid")],
)
def test_limits_are_those_of_the_currency(market: Market, currency: str, amount: int, code: str) -> None:
    market.give(market.ada, 100_000_000, currency)
    assert refused(lambda: market.pay(amount, method="balance", currency=currency)) == code


@pytest.mark.parametrize("currency", ["eur", "XXX", "", "EURO", None, 978, ["EUR"], "EUR\x00"], ids=repr)
def test_currencies_are_known_ones(market: Market, currency: Any) -> None:
    assert refused(lambda: market.pay(currency=currency)) == "currency_unknown"


@pytest.mark.parametrize(
    "path",
    [
        *(
            "",
            "chats",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "https://evil.example",
            "@evil.example",
        ),
        *("javascript:alert(1)", "/a b", "/\t/evil.example", "/\n/evil", "/a\x00", "/ü", "/" + "a" * 500, None, 7),
    ],
    ids=repr,
)
def test_the_way_back_is_a_path_of_our_own(market: Market, path: Any) -> None:
    code = refused(lambda: market.pay(return_path=path))
    assert code in ("return_path_invalid", "invalid_text", "text_too_long")
    assert market.count(Payment) == 0


@pytest.mark.parametrize("note", ["a" * 301, "\x00", "\ud800", None, 7, ["note"]], ids=repr)
def test_notes_are_short_texts(market: Market, note: Any) -> None:
    assert refused(lambda: market.pay(note=note)) in ("invalid_text", "text_too_long")


@pytest.mark.parametrize(
    "method", ["", "BALANCE", "cash", "pm_unknown", "pm_1'; --", "a" * 101, "ü", None, 7], ids=repr
)
def test_methods_are_known_ones(market: Market, method: Any) -> None:
    assert refused(lambda: market.pay(method=method)) == "payment_method_invalid"
    assert market.count(Payment) == 0


def test_nobody_pays_or_asks_themselves(market: Market) -> None:
    channel = market.channels.channel(market.ada)
    assert refused(lambda: market.pay(payee_id=market.ada)) == "not_to_yourself"
    with keyed(market.ada):
        assert refused(lambda: market.service.create_tip(channel_id=channel, amount=500, currency="EUR")) == (
            "not_to_yourself"
        )
        assert refused(
            lambda: market.service.create_payment_request(
                conversation_id=market.chat, payer_id=market.ada, amount=500, currency="EUR"
            )
        ) == ("not_to_yourself")


def test_only_members_of_a_conversation_pay_each_other(market: Market) -> None:
    assert refused(lambda: market.pay(payee_id=market.eve)) == "unknown_payee"
    with keyed(market.eve):
        code = refused(
            lambda: market.service.create_payment(
                conversation_id=market.chat, payee_id=market.bob, amount=500, currency="EUR"
            )
        )
    assert code == "unknown_conversation"
