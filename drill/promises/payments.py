"""Money: what was acknowledged is stored and posted exactly once, and every account adds up."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from drill.finding import Finding


class Wish(NamedTuple):
    """A payment that somebody wanted from their balance, under a key of their own; its note is that key."""

    key: str
    payer: str
    payee: str
    amount: int


class Receipt(NamedTuple):
    """One success answer; a wish that was repeated may have several."""

    key: str
    payment_id: str


@dataclass
class PaymentHistory:
    """What payers wanted and were told.

    Attributes:
        wishes: By their keys.
        refused: Keys whose wish got a definite refusal.
        wallets: What each payer had at first, in minor units.
    """

    wishes: dict[str, Wish] = field(default_factory=dict)
    receipts: list[Receipt] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    wallets: dict[str, int] = field(default_factory=dict)


class StoredPayment(NamedTuple):
    """A payment as its payer sees it afterwards."""

    id: str
    payer: str
    payee: str
    amount: int
    note: str
    status: str


class Posted(NamedTuple):
    """A line of the ledger that belongs to a payment."""

    payment_id: str
    transaction_id: str
    account: str
    amount: int


@dataclass
class Money:
    """What is stored in the end.

    Attributes:
        lines: Of the ledger, of these payments alone.
        sums: Of all entries of the whole ledger, by currency.
        balances: What each payer holds, in minor units.
        shown: How often each payment is shown in its conversation, by id.
        own: What the service's own proof of the ledger finds.
    """

    payments: list[StoredPayment] = field(default_factory=list)
    lines: list[Posted] = field(default_factory=list)
    sums: dict[str, int] = field(default_factory=dict)
    balances: dict[str, int] = field(default_factory=dict)
    shown: Mapping[str, int] = field(default_factory=dict)
    own: list[str] = field(default_factory=list)


def check_payments(history: PaymentHistory, money: Money) -> list[Finding]:
    """Return every broken promise about money."""
    return [
        *_receipts(history, money.payments),
        *_once(money.payments),
        *_wanted(history, money.payments),
        *_posted(money.payments, money.lines),
        *_balanced(history, money),
        *_shown(money),
        *(Finding("ledger_wrong", "ledger", detail) for detail in money.own),
    ]


def _receipts(history: PaymentHistory, payments: Sequence[StoredPayment]) -> Iterator[Finding]:
    stored = {payment.id: payment for payment in payments}
    told: dict[str, str] = {}
    for key, payment_id in history.receipts:
        if told.setdefault(key, payment_id) != payment_id:
            yield Finding("two_answers", key, f"{told[key]} and {payment_id}")
        payment = stored.get(payment_id)
        if payment is None or payment.status != "succeeded":
            yield Finding("payment_lost", key, f"acknowledged payment {payment_id} is stored as {payment}")
        elif payment.note != key:
            yield Finding("payment_differs", key, f"{payment} was told for it")


def _once(payments: Sequence[StoredPayment]) -> Iterator[Finding]:
    for key, count in Counter(payment.note for payment in payments).items():
        if count > 1:
            yield Finding("paid_twice", key, f"it is stored {count} times")


def _wanted(history: PaymentHistory, payments: Sequence[StoredPayment]) -> Iterator[Finding]:
    for payment in payments:
        wish = history.wishes.get(payment.note)
        if wish is None:
            yield Finding("payment_unwanted", payment.note, f"nobody wanted {payment}")
        elif (payment.payer, payment.payee, payment.amount) != wish[1:]:
            yield Finding("payment_differs", payment.note, f"{wish} is stored as {payment}")
        elif payment.note in history.refused:
            yield Finding("refused_but_paid", payment.note, f"{payment}")


def _posted(payments: Sequence[StoredPayment], lines: Sequence[Posted]) -> Iterator[Finding]:
    by_payment: dict[str, list[Posted]] = defaultdict(list)
    for line in lines:
        by_payment[line.payment_id].append(line)
    for payment in payments:
        found = by_payment[payment.id]
        transactions = len({line.transaction_id for line in found})
        if transactions != 1:
            yield Finding("not_posted_once", payment.id, f"the ledger has it {transactions} times")
        taken = sum(line.amount for line in found if line.account == f"person:{payment.payer}")
        if taken != -payment.amount or sum(line.amount for line in found) != 0:
            yield Finding("posted_wrong", payment.id, f"{payment} is posted as {found}")


def _balanced(history: PaymentHistory, money: Money) -> Iterator[Finding]:
    for currency, total in money.sums.items():
        if total != 0:
            yield Finding("unbalanced", currency, f"all entries together are {total}")
    spent: Counter[str] = Counter()
    for payment in money.payments:
        spent[payment.payer] += payment.amount
    for payer, wallet in history.wallets.items():
        if money.balances[payer] != wallet - spent[payer]:
            found = f"{money.balances[payer]} left of {wallet}, {spent[payer]} paid"
            yield Finding("balance_wrong", payer, found)


def _shown(money: Money) -> Iterator[Finding]:
    for payment in money.payments:
        count = money.shown.get(payment.id, 0)
        if count != 1:
            yield Finding("not_shown_once", payment.id, f"its conversation shows it {count} times")
