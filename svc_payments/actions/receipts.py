"""What a receipt says: the same for both forms, a little more for who received the money."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from contracts.payments import UnknownPayment
from svc_payments.actions import reading
from svc_payments.money import localized
from svc_payments.payment_models import Payment, Refund
from svc_payments.receipt_words import WORDS

PLATFORM = "Charla"


@dataclass(frozen=True)
class Receipt:
    """A receipt as plain words.

    Attributes:
        lines: What is said, as (label, value).
        sums: The amounts, as (label, value); the first and the last one are shown strongly.
        remark: What is to be known besides; empty where there is nothing.
    """

    language: str
    title: str
    number: str
    lines: Sequence[tuple[str, str]]
    sums: Sequence[tuple[str, str]]
    remark: str
    footer: str


@dataclass(frozen=True)
class Facts:
    """What of a payment a receipt is made of."""

    payment: Payment
    refunds: Sequence[Refund]


def facts_of(session: Session, payment_id: str, user_id: str) -> Facts:
    """Return what a receipt for somebody is made of.

    Raises:
        UnknownPayment: There is none, it is not theirs to know, or it was never paid.
    """
    payment = reading.find(session, payment_id, user_id)
    if payment is None or payment.succeeded_at is None:
        raise UnknownPayment
    query = select(Refund).where(Refund.payment_id == payment_id, Refund.status != "failed")
    return Facts(payment, session.scalars(query.order_by(Refund.created_at, Refund.id)).all())


def number_of(payment: Payment) -> str:
    """Return a receipt's number: the day, and the part of the payment's id that is random."""
    day = (payment.succeeded_at or payment.created_at).astimezone(UTC)
    return f"{day:%Y%m%d}-{payment.id[-12:].upper()}"


def receipt_of(facts: Facts, user_id: str, names: Mapping[str, str], language: str, address: str) -> Receipt:
    """Return the receipt of a payment for its payer or its payee.

    Args:
        facts: Of `facts_of`.
        user_id: For whom.
        names: What people are called, by their ids; who has none there is shown by their id.
        language: One of `receipt_words.LANGUAGES`.
        address: Where this Charla is.
    """
    words, payment = WORDS[language], facts.payment
    return Receipt(
        language=language,
        title=words["receipt"],
        number=number_of(payment),
        lines=_lines(payment, words, names),
        sums=_sums(facts, user_id, words, language),
        remark=words["disputed"] if payment.disputed else "",
        footer=f"{words['issued']} {address}",
    )


def _lines(payment: Payment, words: Mapping[str, str], names: Mapping[str, str]) -> list[tuple[str, str]]:
    lines = [
        (words["number"], number_of(payment)),
        (words["date"], _day(payment.succeeded_at or payment.created_at)),
        (words["for"], words[payment.kind]),
        (words["payer"], _party(payment.payer_id, names)),
        (words["payee"], _payee(payment, names)),
        (words["method"], words["balance" if payment.method == "balance" else "card"]),
    ]
    return [*lines, (words["note"], payment.note)] if payment.note else lines


def _payee(payment: Payment, names: Mapping[str, str]) -> str:
    if payment.payee_id is not None:
        return _party(payment.payee_id, names)
    return PLATFORM if payment.kind == "ad_free" else _party(payment.payer_id, names)


def _party(user_id: str, names: Mapping[str, str]) -> str:
    return f"{names[user_id]} ({user_id})" if user_id in names else user_id


def _sums(facts: Facts, user_id: str, words: Mapping[str, str], language: str) -> list[tuple[str, str]]:
    payment = facts.payment

    def money(amount: int) -> str:
        return localized(amount, payment.currency, language)

    sums = [(words["amount"], money(payment.amount))]
    if user_id == payment.payee_id:
        sums += [(words["fee"], money(-payment.fee)), (words["net"], money(payment.amount - payment.fee))]
    for refund in facts.refunds:
        word = words["refund" if refund.status == "succeeded" else "refund_pending"]
        sums.append((f"{word} {_day(refund.created_at)}", money(-refund.amount)))
    if facts.refunds:
        sums.append((words["left"], money(payment.amount - sum(each.amount for each in facts.refunds))))
    return sums


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d}"
