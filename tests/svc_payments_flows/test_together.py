"""Payments from the balances of many people in one call: each item for itself, once for its key."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import eventlet
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from contracts.base import new_id
from contracts.payments import MAX_BATCH, PaymentItem
from plumbing.live_channels import user_channel
from svc_payments.actions import paying, spending
from svc_payments.ledger import accounts
from svc_payments.ledger.posting import Cause, Move, Posting
from svc_payments.models import Base
from svc_payments.payment_models import Payment
from tests.services import service_token, user_token
from tests.svc_payments_flows.market import Market, refused


class Crowd:
    """People who pay Bob, each from a conversation with him."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self.tokens: dict[str, str] = {}
        self.chats: dict[str, str] = {}

    def person(self, amount: int = 0) -> str:
        """Return somebody who has that much."""
        found = new_id()
        self.tokens[found] = user_token(found)
        self.chats[found] = self.market.messaging.together(found, self.market.bob)
        if amount:
            self.market.give(found, amount)
        return found

    def item(self, payer: str, amount: int = 1000, key: str | None = None, **more: Any) -> PaymentItem:
        """Return an item by which somebody pays Bob."""
        known: dict[str, Any] = {
            "token": self.tokens[payer],
            "idempotency_key": key or new_id(),
            "conversation_id": self.chats[payer],
            "payee_id": self.market.bob,
            "amount": amount,
            "currency": "EUR",
        }
        return {**known, **more}  # type: ignore[typeddict-item]

    def pay(self, *items: Any) -> list[str]:
        """Return the ids of the payments, and the codes by which others were refused."""
        results = self.market.service.create_payments(items=list(items))
        return [each["payment"]["id"] if "payment" in each else each["error"]["code"] for each in results]


@pytest.fixture
def crowd(market: Market) -> Crowd:
    return Crowd(market)


def deadlocks(market: Market) -> int:
    query = text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
    return int(market.look(lambda session: session.execute(query).scalar_one()))


def test_many_pay_one_at_once(market: Market, crowd: Crowd) -> None:
    payers = [crowd.person(1000) for _ in range(20)]
    results = market.service.create_payments(items=[crowd.item(payer, 900, note="hi") for payer in payers])
    views = [each["payment"] for each in results]
    assert [(view["payer_id"], view["status"], view["amount"]) for view in views] == [
        (payer, "succeeded", 900) for payer in payers
    ]
    assert (market.of(market.bob), [market.of(payer) for payer in payers]) == (18_000, [100] * 20)
    assert market.posted("payment") == market.count(Payment, Payment.status == "succeeded") == 20
    told = market.events("payment_changed")
    assert {each["payment_id"]: (each["version"], each["note"]) for each in told} == {
        view["id"]: (1, "hi") for view in views
    }
    assert len(told) == len(market.events("payment_succeeded")) == 20
    assert len(market.push.on(user_channel(market.bob))) == 20
    (shown,) = market.push.on(user_channel(payers[0]))
    assert shown["data"] == views[0]


def test_it_makes_what_a_payment_alone_makes(market: Market, crowd: Crowd) -> None:
    market.give(market.ada, 1000)
    payer = crowd.person(1000)
    alone = market.payment(market.pay(400, method="balance", note="x")["id"])
    (together,) = crowd.pay(crowd.item(payer, 400, note="x"))
    differ = {"id", "payer_id", "conversation_id", "created_at", "succeeded_at", "asked_at"}
    columns = [column.name for column in Payment.__table__.columns if column.name not in differ]
    row = market.payment(together)
    assert {name: getattr(row, name) for name in columns} == {name: getattr(alone, name) for name in columns}
    assert row.created_at == row.succeeded_at


def test_each_item_is_refused_for_itself(market: Market, crowd: Crowd) -> None:
    rich, poor, gone, alone = crowd.person(1000), crowd.person(999), crowd.person(1000), crowd.person(1000)
    market.messaging.members[crowd.chats[gone]].discard(gone)
    market.messaging.members[crowd.chats[alone]].discard(market.bob)
    codes = crowd.pay(
        crowd.item(poor),
        crowd.item(gone),
        crowd.item(alone),
        crowd.item(rich, payee_id=rich),
        crowd.item(rich, 1),
        crowd.item(rich, currency="XXX"),
        crowd.item(rich, token="x"),
        crowd.item(rich, token=service_token("messaging")),
        {**crowd.item(rich), "idempotency_key": None},
        crowd.item(rich, key="with space"),
        {**crowd.item(rich), "method": "card"},
        "no item",
        crowd.item(rich),
    )
    assert codes[:-1] == [
        "balance_too_low", "unknown_conversation", "unknown_payee", "not_to_yourself", "amount_invalid",
        "currency_unknown", "token_invalid", "token_invalid", "idempotency_key_required", "idempotency_key_invalid",
        "invalid", "invalid",
    ]  # fmt: skip
    assert market.payment(codes[-1]).payer_id == rich
    assert (market.of(market.bob), market.count(Payment)) == (1000, 1)


def test_more_than_a_batch_is_refused(market: Market, crowd: Crowd) -> None:
    assert refused(lambda: crowd.pay(*["x"] * (MAX_BATCH + 1))) == "invalid_list"
    assert crowd.pay() == []


def test_somebody_who_pays_several_times_spends_what_they_have(market: Market, crowd: Crowd) -> None:
    payer, other = crowd.person(2500), crowd.person(1000)
    codes = crowd.pay(*[crowd.item(payer) for _ in range(3)], crowd.item(other), crowd.item(payer, 500))
    assert codes[2] == "balance_too_low"
    assert (market.of(payer), market.of(other), market.of(market.bob)) == (0, 0, 3500)


def test_a_key_is_one_payment_within_a_batch_and_after_it(market: Market, crowd: Crowd) -> None:
    payer, other, key = crowd.person(5000), crowd.person(5000), new_id()
    first, second, theirs = crowd.pay(
        crowd.item(payer, key=key), crowd.item(payer, key=key), crowd.item(other, key=key)
    )
    assert first == second != theirs
    assert crowd.pay(crowd.item(payer, key=key), crowd.item(payer, 1001, key=key)) == [first, "idempotency_mismatch"]
    market.messaging.members[crowd.chats[payer]].discard(payer)
    assert crowd.pay(crowd.item(payer, key=key), crowd.item(payer)) == [first, "unknown_conversation"]
    assert (market.of(payer), market.of(other), market.count(Payment)) == (4000, 4000, 2)


def test_of_two_requests_under_one_key_in_a_batch_one_is_made(market: Market, crowd: Crowd) -> None:
    payer, key = crowd.person(5000), new_id()
    codes = crowd.pay(crowd.item(payer, 1000, key=key), crowd.item(payer, 2000, key=key))
    assert codes.count("idempotency_mismatch") == 1
    assert market.count(Payment) == 1


def test_a_key_is_the_same_alone_and_together(market: Market, crowd: Crowd) -> None:
    market.give(market.ada, 5000)
    crowd.tokens[market.ada], crowd.chats[market.ada] = user_token(market.ada), market.chat
    one, two = new_id(), new_id()
    alone = market.pay(700, method="balance", key=one)["id"]
    assert crowd.pay(crowd.item(market.ada, 700, key=one)) == [alone]
    (together,) = crowd.pay(crowd.item(market.ada, 800, key=two))
    assert market.pay(800, method="balance", key=two)["id"] == together
    assert refused(lambda: market.pay(800, method="card", key=two)) == "idempotency_mismatch"
    assert market.count(Payment) == 2


def test_a_key_whose_item_was_refused_is_free(market: Market, crowd: Crowd) -> None:
    payer, other, key = crowd.person(), crowd.person(1000), new_id()
    assert crowd.pay(crowd.item(payer, key=key), crowd.item(other))[0] == "balance_too_low"
    market.messaging.members[crowd.chats[payer]].discard(payer)
    assert crowd.pay(crowd.item(payer, key=key)) == ["unknown_conversation"]
    market.messaging.members[crowd.chats[payer]].add(payer)
    market.give(payer, 1000)
    assert market.payment(crowd.pay(crowd.item(payer, key=key))[0]).status == "succeeded"


def test_batches_that_cross_each_other_pay_once_and_wait_in_one_direction(market: Market, crowd: Crowd) -> None:
    payers = [crowd.person(1000) for _ in range(12)]
    items = [crowd.item(payer, 100) for payer in payers for _ in range(11)]  # the last of each is too much
    calls = [random.Random(n).sample(items, 40) for n in range(24)]  # noqa: S311 - the same each time
    calls += [items[at : at + 44] for at in range(0, len(items), 44)]
    before = deadlocks(market)
    pool = eventlet.GreenPool(8)
    told = list(pool.imap(lambda call: list(zip([item["idempotency_key"] for item in call], crowd.pay(*call))), calls))  # noqa: B905
    made: dict[str, set[str]] = {}
    for key, outcome in (each for call in told for each in call):
        made.setdefault(str(key), set()).add(outcome)
    paid = [outcomes - {"balance_too_low"} for outcomes in made.values()]
    assert all(len(each) <= 1 for each in paid)
    assert sum(len(each) for each in paid) == market.count(Payment) == 120
    assert [market.of(payer) for payer in payers] == [0] * 12
    assert market.of(market.bob) == 12_000
    assert deadlocks(market) == before


def test_what_postgresql_refuses_for_one_does_not_reach_the_others(
    market: Market, crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad, late = crowd.person(1000), crowd.person(1000), crowd.person(1000)
    key, whole = new_id(), paying.posting_of

    def unbalanced(payment: Payment, cause: Cause, *more: Any) -> Posting:
        made = whole(payment, cause, *more)
        if payment.payer_id != bad:
            return made
        moves = [*made.moves, Move(accounts.FEES, 1)]
        return Posting(kind=made.kind, key=made.key, cause=cause, currency=made.currency, moves=moves)

    monkeypatch.setattr(paying, "posting_of", unbalanced)
    codes = crowd.pay(crowd.item(good), crowd.item(bad, key=key), crowd.item(late))
    assert codes[1] == "internal"
    assert [market.payment(each).payer_id for each in (codes[0], codes[2])] == [good, late]
    assert (market.of(bad), market.of(market.bob), market.count(Payment)) == (1000, 2000, 2)
    assert len(market.events("payment_changed")) == len(market.push.on(user_channel(market.bob))) == 2
    monkeypatch.undo()
    assert market.payment(crowd.pay(crowd.item(bad, key=key))[0]).status == "succeeded"


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The database goes away in the middle of each batch."""
    tried: list[int] = []

    def fail(_session: Any, wishes: Any, _now: Any) -> Any:
        tried.append(len(wishes))
        raise OperationalError("SELECT", {}, Exception("gone"))

    monkeypatch.setattr(spending, "pay_all", fail)
    return tried


def test_a_database_that_is_away_is_not_asked_for_each_item(market: Market, crowd: Crowd, broken: list[int]) -> None:
    with pytest.raises(OperationalError):
        crowd.pay(*[crowd.item(crowd.person(1000)) for _ in range(3)])
    assert broken == [3]
    assert market.look(lambda session: session.execute(Base.metadata.tables["outbox"].select()).first()) is None
