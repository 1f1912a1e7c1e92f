"""Whatever happens in whatever order: the ledger is right, nobody pays twice, and access follows the money.

The sandbox is a real process, and what it has done is the truth that everything is held against at the end.
The environment's `EXAMPLES` says how many orders are tried.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from plumbing.database import Transactions
from svc_payments.actions.reconciling import reconcile
from svc_payments.ledger.checking import check
from svc_payments.payment_models import Payment, ProviderCall, ProviderEvent
from svc_payments.provider.base import PaymentSnapshot
from svc_payments.provider.stripe_provider import StripeProvider
from tests.payments_base import Owner, right
from tests.services import FakePush
from tests.svc_payments_flows.market import Market, keyed, refused
from tests.svc_payments_provider.sandbox_process import (
    KEY,
    WEBHOOK_SECRET,
    Message,
    Receiver,
    Sandbox,
    send,
    wait_for,
)

REFUND_FAILS = "4000000000005126"
CARDS = ("4242424242424242", "4242424242424242", "4000002500003155", "4000000000000002", REFUND_FAILS)
PATHS = ("/v1/checkout/sessions", "/v1/payment_intents", "/v1/refunds", "/v1/")
MOMENTS = ("before", "after")
WHICH = st.integers(0, 99)
PRICE = 999  # with a fee of 50


class Interleaving(RuleBasedStateMachine):
    """Ada buys Bob's posts and pays him; everything that can go wrong does."""

    def __init__(self, db: Transactions, owner: Owner, sandbox: Sandbox, receiver: Receiver) -> None:
        super().__init__()
        self._db, self._owner, self._sandbox, self._receiver = db, owner, sandbox, receiver

    @initialize()
    def begin(self) -> None:
        self._sandbox.control("calm")
        self._owner.empty()
        provider = StripeProvider(KEY, WEBHOOK_SECRET, self._sandbox.url, 2.0, installation=f"any-{uuid4().hex}")
        self.market = Market(self._db, FakePush(), self._sandbox, self._receiver, provider)
        self.market.quiet()
        self._receiver.messages.clear()
        self.began = datetime.now(UTC) - timedelta(minutes=1)
        channel = self.market.channels.channel(self.market.bob)
        self.posts = [self.market.channels.post(channel, PRICE) for _ in range(3)]
        self.given = 5_000
        self.market.give(self.market.ada, self.given)
        self.card = self.market.saved_card(self.market.ada)
        self.made = [self.market.buy(self.posts[0], "balance")["id"]]  # so that in each order something is opened
        self.refunds_fail: set[str] = set()  # some of them: who pays with another card at last is in it, too
        self.kept_messages: list[Message] = []

    # what people do

    @rule(which=WHICH, how=st.sampled_from(["card", "saved", "balance"]))
    def buy(self, which: int, how: str) -> None:
        method = self.card if how == "saved" else how
        codes = refused(lambda: self.made.append(self.market.buy(self.posts[which % 3], method)["id"]))
        assert codes in {"done", "already_paid_for", "balance_too_low", "payment_not_open", "payment_provider_away"}

    @rule(how=st.sampled_from(["card", "saved", "balance"]))
    def pay(self, how: str) -> None:
        method = self.card if how == "saved" else how
        code = refused(lambda: self.made.append(self.market.pay(PRICE, method=method)["id"]))
        assert code in {"done", "balance_too_low", "payment_provider_away"}

    @rule(which=WHICH, card=st.sampled_from(CARDS))
    def type_in_a_card(self, which: int, card: str) -> None:
        waiting = [each for each in self.rows() if each.action_url and each.session_id]
        if not waiting:
            return
        chosen = waiting[which % len(waiting)]
        if card == REFUND_FAILS:
            self.refunds_fail.add(chosen.id)
        answer = send(str(chosen.action_url), shortcut=card)
        if "/3ds/" in answer.headers.get("Location", ""):
            send(answer.headers["Location"], answer="complete")

    @rule(which=WHICH)
    def look(self, which: int) -> None:
        if self.made:
            self.market.see(self.made[which % len(self.made)], self.market.ada)

    @rule(which=WHICH)
    def cancel(self, which: int) -> None:
        if self.made:
            with keyed(self.market.ada):
                service, payment_id = self.market.service, self.made[which % len(self.made)]
                code = refused(lambda: service.cancel_payment(payment_id=payment_id))
            assert code in {"done", "payment_not_open"}

    @rule(which=WHICH, amount=st.sampled_from([None, 1, 333, 500, 998]))
    def give_back(self, which: int, amount: int | None) -> None:
        if self.made:
            payment_id = self.made[which % len(self.made)]
            code = refused(lambda: self.market.refund(payment_id, amount))
            assert code in {"done", "not_refundable", "balance_too_low"}

    # what banks do

    @rule(which=WHICH)
    def complain(self, which: int) -> None:
        paid = [each for each in self.truth() if each.status == "succeeded" and not each.disputes and not each.refunds]
        if paid:
            self._sandbox.control("disputes", payment_intent=paid[which % len(paid)].intent_id)

    @rule(which=WHICH, status=st.sampled_from(["won", "lost"]))
    def decide(self, which: int, status: str) -> None:
        open_ones = [each.dispute for each in self.truth() if each.dispute and each.dispute.status == "open"]
        if open_ones:
            self._sandbox.control(f"disputes/{open_ones[which % len(open_ones)].dispute_id}/close", status=status)

    # what networks do

    @rule(
        path=st.sampled_from(PATHS), how=st.sampled_from(["drop", "error"]), when=st.sampled_from(["before", "after"])
    )
    def lose_an_answer(self, path: str, how: str, when: str) -> None:
        self._sandbox.control("calls", how=how, moment=when, method="POST", path=path, count=2)

    @rule(seed=st.randoms(use_true_random=False), share=st.sampled_from([0.3, 0.7, 1.0]))
    def hear_some(self, seed: Any, share: float) -> None:
        """Some messages come, in any order, some of them again, and some never."""
        self.market.quiet()
        came, self._receiver.messages[:] = list(self._receiver.messages), []
        self.kept_messages += came
        chosen = [each for each in self.kept_messages if seed.random() < share]
        seed.shuffle(chosen)
        self._receiver.messages.extend(chosen)
        self.market.hear()

    # what processes do

    @rule()
    def work(self) -> None:
        self.market.let_calls_be_due()
        self.market.work()

    @rule()
    def compare(self) -> None:
        refused(lambda: reconcile(self.market.desk))

    @invariant()
    def nothing_comes_from_nothing(self) -> None:
        if hasattr(self, "market"):
            self.market.look(lambda session: self.sums(session))

    def sums(self, session: Any) -> None:
        assert check(session) == []

    # what must be so at the end

    def rows(self) -> list[Payment]:
        return list(self.market.look(lambda session: session.scalars(select(Payment)).all()))

    def truth(self) -> list[PaymentSnapshot]:
        try:
            return list(self.market.provider.list_payments(self.began))
        except Exception:
            return []

    def teardown(self) -> None:
        if not hasattr(self, "market"):
            return
        self._sandbox.control("calm")
        self.come_to_rest()
        self.settled()
        self.give_all_back()
        self.come_to_rest()
        self.settled()

    def come_to_rest(self) -> None:
        for _ in range(3):
            self.market.let_calls_be_due()
            self.market.work()
        wait_for(self.banks_are_done)
        self.market.hear()
        reconcile(self.market.desk, thorough=True)

    def give_all_back(self) -> None:
        """Give back what is left of each post, so that there is no order in which no access ends."""
        for row in self.rows():
            if row.post_id is not None and row.status == "succeeded":
                code = refused(lambda payment_id=row.id: self.market.refund(payment_id))  # type: ignore[misc]
                assert code in {"done", "not_refundable", "balance_too_low"}

    def banks_are_done(self) -> bool:
        """Tell whether no refund can fail any more: the sandbox lets some fail a second after they were made."""
        made = [refund for each in self.truth() if each.payment_id in self.refunds_fail for refund in each.refunds]
        second = datetime.now(UTC) - timedelta(seconds=2)
        return all(each.status == "failed" or each.created < second for each in made)

    def settled(self) -> None:
        market, truth = self.market, self.truth()
        succeeded = [each for each in truth if each.status == "succeeded"]
        by_payment = {each.payment_id: each for each in succeeded}
        assert len(by_payment) == len(succeeded)  # nobody was charged twice for one wish
        for row in self.rows():
            assert (row.method != "balance" and row.status == "succeeded") == (row.id in by_payment), row.id
        assert market.posted("charge") == len(succeeded)
        assert market.count(ProviderCall) == 0
        assert market.count(ProviderEvent, ProviderEvent.parked.is_not(None)) == 0
        self.access_follows_money(by_payment)
        self.money_is_where_it_should_be(by_payment)
        assert reconcile(market.desk, thorough=True).mended == {}
        right(market.db)

    def access_follows_money(self, truth: dict[str, PaymentSnapshot]) -> None:
        for post in self.posts:
            paid = [each for each in self.rows() if each.post_id == post and each.status == "succeeded"]
            good = [each for each in paid if not self.gone(each, truth)]
            assert len(good) <= 1, "bought twice"
            assert self.market.may_read(self.market.ada, post) == bool(good)

    def gone(self, row: Payment, truth: dict[str, PaymentSnapshot]) -> bool:
        """Tell whether all of a payment went back."""
        return self.back(row, truth) >= row.amount

    def back(self, row: Payment, truth: dict[str, PaymentSnapshot]) -> int:
        """Return how much of a payment went back, as the provider, or for balances the row, has it."""
        found = truth.get(row.id)
        if found is None:
            return row.refunded
        disputed = sum(each.amount for each in found.disputes if each.withdrawn and not each.reinstated)
        return disputed + sum(each.amount for each in found.refunds if each.status != "failed")

    def money_is_where_it_should_be(self, truth: dict[str, PaymentSnapshot]) -> None:
        bob = spent = 0
        for row in self.rows():
            if row.status == "succeeded":
                back = self.back(row, truth)
                fee = row.fee - (2 * row.fee * min(back, row.amount) + row.amount) // (2 * row.amount)
                bob += row.amount - back - fee
                spent += row.amount - back if row.method == "balance" else 0
        assert self.market.of(self.market.bob) == bob
        assert self.market.of(self.market.ada) == self.given - spent


@pytest.mark.timeout(1_200)  # of many more examples
def test_any_order_ends_in_right_books(db: Transactions, owner: Owner, sandbox: Sandbox, receiver: Receiver) -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        lambda: Interleaving(db, owner, sandbox, receiver),
        settings=settings(
            max_examples=int(os.environ.get("EXAMPLES", "12")),
            stateful_step_count=20,
            deadline=None,
            derandomize=False,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
