"""The checker of money finds each kind of loss; a checker that finds nothing proves nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from drill.promises.payments import Money, PaymentHistory, Posted, Receipt, StoredPayment, Wish, check_payments

PAYER, PAYEE = "ana", "ben"
Told = tuple[PaymentHistory, Money]


@pytest.fixture
def told() -> Told:
    """Two acknowledged payments, stored as promised."""
    history, money = PaymentHistory(wallets={PAYER: 1_000}), Money(sums={"EUR": 0}, balances={PAYER: 700})
    shown = {}
    for number, amount in ((1, 100), (2, 200)):
        key, payment = f"key-{number}", f"payment-{number}"
        history.wishes[key] = Wish(key, PAYER, PAYEE, amount)
        history.receipts.append(Receipt(key, payment))
        money.payments.append(StoredPayment(payment, PAYER, PAYEE, amount, key, "succeeded"))
        for account, moved in ((f"person:{PAYER}", -amount), (f"person:{PAYEE}", amount - 5), ("fees", 5)):
            money.lines.append(Posted(payment, f"posted-{number}", account, moved))
        shown[payment] = 1
    money.shown = shown
    return history, money


def rules(told: Told) -> set[str]:
    return {finding.rule for finding in check_payments(*told)}


def test_what_is_as_promised_is_not_blamed(told: Told) -> None:
    assert rules(told) == set()


def test_a_repeated_answer_is_right(told: Told) -> None:
    told[0].receipts.append(told[0].receipts[0])
    assert rules(told) == set()


def test_a_wish_without_an_answer_may_be_paid_or_not(told: Told) -> None:
    told[0].wishes["key-3"] = Wish("key-3", PAYER, PAYEE, 50)
    assert rules(told) == set()
    told[0].receipts.pop()
    assert rules(told) == set()


def _forget(history: PaymentHistory, money: Money) -> None:
    money.payments.pop()
    money.balances[PAYER] = 900


def _leave_open(history: PaymentHistory, money: Money) -> None:
    money.payments[0] = money.payments[0]._replace(status="failed")


def _pay_twice(history: PaymentHistory, money: Money) -> None:
    money.payments.append(money.payments[0]._replace(id="payment-3"))
    money.lines += [line._replace(payment_id="payment-3", transaction_id="posted-3") for line in money.lines[:3]]
    money.balances[PAYER] = 600
    money.shown = {**money.shown, "payment-3": 1}


def _post_twice(history: PaymentHistory, money: Money) -> None:
    money.lines += [line._replace(transaction_id="posted-3") for line in money.lines[:3]]


def _post_nothing(history: PaymentHistory, money: Money) -> None:
    del money.lines[:3]


def _post_less(history: PaymentHistory, money: Money) -> None:
    money.lines[0] = money.lines[0]._replace(amount=-99)


def _lose_a_unit(history: PaymentHistory, money: Money) -> None:
    money.sums["EUR"] = 1


def _charge_twice(history: PaymentHistory, money: Money) -> None:
    money.balances[PAYER] = 600


def _answer_otherwise(history: PaymentHistory, money: Money) -> None:
    history.receipts.append(Receipt("key-1", "payment-2"))


def _refuse(history: PaymentHistory, money: Money) -> None:
    history.refused.add("key-1")


def _want_nothing(history: PaymentHistory, money: Money) -> None:
    del history.wishes["key-1"]


def _pay_another(history: PaymentHistory, money: Money) -> None:
    money.payments[0] = money.payments[0]._replace(payee="eve")


def _show_twice(history: PaymentHistory, money: Money) -> None:
    money.shown = {"payment-1": 2, "payment-2": 1}


def _show_nothing(history: PaymentHistory, money: Money) -> None:
    money.shown = {}


def _be_told(history: PaymentHistory, money: Money) -> None:
    money.own.append("nobody_spends_what_is_not_there person:ana EUR: -5")


@pytest.mark.parametrize(
    ("spoil", "rule"),
    [
        (_forget, "payment_lost"),
        (_leave_open, "payment_lost"),
        (_pay_twice, "paid_twice"),
        (_post_twice, "not_posted_once"),
        (_post_nothing, "not_posted_once"),
        (_post_less, "posted_wrong"),
        (_lose_a_unit, "unbalanced"),
        (_charge_twice, "balance_wrong"),
        (_answer_otherwise, "two_answers"),
        (_refuse, "refused_but_paid"),
        (_want_nothing, "payment_unwanted"),
        (_pay_another, "payment_differs"),
        (_show_twice, "not_shown_once"),
        (_show_nothing, "not_shown_once"),
        (_be_told, "ledger_wrong"),
    ],
)
def test_what_is_wrong_is_found(told: Told, spoil: Callable[[PaymentHistory, Money], None], rule: str) -> None:
    spoil(*told)
    assert rule in rules(told)
