"""Whatever is posted, refunded, paid out or broken off in between: sums stay zero, and balances are right."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from contracts.base import new_id
from contracts.payments import BalanceTooLow
from svc_payments.ledger import accounts
from svc_payments.ledger.access import Access, access_of
from svc_payments.ledger.balances import Balance, balance_of, lock_enough
from svc_payments.ledger.checking import check
from svc_payments.ledger.checkpoints import advance, settled_until
from svc_payments.ledger.fees import fee_of, fee_of_refund
from svc_payments.ledger.posting import Cause, Move, post, reverse, transaction_id
from svc_payments.models import LedgerEntry

BPS = 500
SUBJECT = "a-channel"
PEOPLE = st.integers(0, 3)
AMOUNTS = st.integers(1, 5_000)
#: Where the process dies: before the commit, after it but before the answer (so the caller asks again), or not at all.
CRASHES = st.sampled_from(["never", "never", "before the commit", "before the answer"])
CURRENCIES = st.sampled_from(["EUR", "JPY"])


class Crash(Exception):
    """The process is gone."""


class Money(RuleBasedStateMachine):
    """The ledger beside a model of it: a dictionary of sums."""

    payments = Bundle("payments")
    refunds = Bundle("refunds")
    payouts = Bundle("payouts")
    db: object
    owner: object

    @initialize()
    def begin(self):
        self.owner.empty()
        self.people = [new_id() for _ in range(4)]
        self.total, self.held = defaultdict(int), defaultdict(int)
        self.subscribed = defaultdict(int)

    # what steps stand on

    def carry_out(self, crash, work):
        """Run a step's transaction as a caller would, who repeats it where no answer came; return what it returned."""
        if crash == "before the commit":
            with pytest.raises(Crash), self.db.transaction() as session:
                work(session)
                raise Crash
        if crash == "before the answer":
            with self.db.transaction() as session:
                work(session)
        with self.db.transaction() as session:
            return work(session)

    def note(self, moves, currency, *, held=False, sign=1):
        for account, amount in moves:
            self.total[account, currency] += sign * amount
            if held and account.startswith("person:"):
                self.held[account, currency] += sign * amount

    def available(self, account, currency):
        return self.total[account, currency] - self.held[account, currency]

    # steps

    @rule(
        target=payments,
        payee=PEOPLE,
        payer=PEOPLE,
        amount=AMOUNTS,
        currency=CURRENCIES,
        held=st.booleans(),
        crash=CRASHES,
    )
    def pay_by_card(self, payee, payer, amount, currency, held, crash):
        key, fee = new_id(), fee_of(amount, BPS)
        until = datetime.now(UTC) + timedelta(days=7) if held else None
        payee_account = accounts.person(self.people[payee])
        moves = [(accounts.PROVIDER, -amount), (payee_account, amount - fee), (accounts.FEES, fee)]
        access = Access(self.people[payer], "channel", SUBJECT, datetime.now(UTC) - timedelta(hours=1), None)

        def work(session):
            made = [Move(account, value, until if account == payee_account else None) for account, value in moves]
            return post(
                session,
                kind="payment",
                key=key,
                cause=Cause("provider", "evt"),
                currency=currency,
                moves=made,
                access=access,
            )

        done = self.carry_out(crash, work)
        assert done is (crash != "before the answer")
        self.note(moves, currency, held=held)
        self.subscribed[payer] += 1
        return {"key": key, "amount": amount, "fee": fee, "back": accounts.PROVIDER, "payee": payee_account,
                "currency": currency, "refunded": 0, "held": held, "payer": payer}  # fmt: skip

    @rule(target=payments, payer=PEOPLE, payee=PEOPLE, amount=AMOUNTS, currency=CURRENCIES, crash=CRASHES)
    def pay_from_balance(self, payer, payee, amount, currency, crash):
        key, fee = new_id(), fee_of(amount, BPS)
        mine, theirs = accounts.person(self.people[payer]), accounts.person(self.people[payee])
        moves = [(mine, -amount), (theirs, amount - fee), (accounts.FEES, fee)]
        enough = self.available(mine, currency) >= amount

        def work(session):
            lock_enough(session, mine, currency, amount)
            made = [Move(account, value) for account, value in moves]
            return post(
                session, kind="balance_payment", key=key, cause=Cause("command", "c"), currency=currency, moves=made
            )

        paid = {"key": key, "amount": amount if enough else 0, "fee": fee, "back": mine, "payee": theirs,
                "currency": currency, "refunded": 0, "held": False, "payer": None}  # fmt: skip
        if not enough:
            with pytest.raises(BalanceTooLow):
                self.carry_out("never", work)
            return paid
        # A repeated call is answered by its Idempotency-Key before it comes here, so it dies before the commit only.
        assert self.carry_out("never" if crash == "before the answer" else crash, work)
        self.note(moves, currency)
        return paid

    @rule(target=refunds, paid=payments, part=st.integers(1, 100), crash=CRASHES)
    def refund(self, paid, part, crash):
        left = paid["amount"] - paid["refunded"]
        amount = min(left, -(-paid["amount"] * part // 100))
        if amount <= 0:
            return None
        key, currency = new_id(), paid["currency"]
        fee = fee_of_refund(paid["amount"], paid["fee"], paid["refunded"], amount)
        moves = [(paid["payee"], fee - amount), (accounts.FEES, -fee), (paid["back"], amount)]
        opened = None if paid["payer"] is None or amount < left else transaction_id("payment", paid["key"])
        until = datetime.now(UTC) + timedelta(days=7) if paid["held"] else None

        def work(session):
            made = [Move(account, value, until if account == paid["payee"] else None) for account, value in moves]
            return post(
                session, kind="refund", key=key, cause=Cause("command", "c"), currency=currency, moves=made,
                ends_access_of=opened,
            )  # fmt: skip

        self.carry_out(crash, work)
        self.note(moves, currency, held=paid["held"])
        paid["refunded"] += amount
        if opened:
            self.subscribed[paid["payer"]] -= 1
        return {"key": key, "moves": moves, "paid": paid, "amount": amount, "ended": opened is not None}

    @rule(refund=consumes(refunds), crash=CRASHES)
    def refund_fails(self, refund, crash):
        if refund is None or refund["paid"]["refunded"] != refund["amount"]:
            return  # the fee's parts are told in the order of refunds: only the last one left may be taken back
        of = transaction_id("refund", refund["key"])

        def work(session):
            return reverse(session, kind="refund_failed", key=refund["key"], cause=Cause("provider", "evt"), of=of)

        self.carry_out(crash, work)
        self.note(refund["moves"], refund["paid"]["currency"], held=refund["paid"]["held"], sign=-1)
        refund["paid"]["refunded"] -= refund["amount"]
        if refund["ended"]:
            self.subscribed[refund["paid"]["payer"]] += 1

    @rule(target=payouts, who=PEOPLE, amount=AMOUNTS, currency=CURRENCIES)
    def ask_for_payout(self, who, amount, currency):
        key, mine = new_id(), accounts.person(self.people[who])
        moves = [(mine, -amount), (accounts.in_payout(self.people[who]), amount)]

        def work(session):
            lock_enough(session, mine, currency, amount)
            made = [Move(account, value) for account, value in moves]
            return post(session, kind="payout", key=key, cause=Cause("command", "c"), currency=currency, moves=made)

        if self.available(mine, currency) < amount:
            with pytest.raises(BalanceTooLow):
                self.carry_out("never", work)
            return None
        self.carry_out("never", work)
        self.note(moves, currency)
        return {"key": key, "who": who, "amount": amount, "currency": currency}

    @rule(payout=consumes(payouts), fails=st.booleans(), crash=CRASHES)
    def payout_ends(self, payout, fails, crash):
        if payout is None:
            return
        user_id, amount = self.people[payout["who"]], payout["amount"]
        where = accounts.person(user_id) if fails else accounts.PROVIDER
        moves = [(accounts.in_payout(user_id), -amount), (where, amount)]
        kind = "payout_failed" if fails else "payout_paid"

        def work(session):
            made = [Move(account, value) for account, value in moves]
            return post(
                session,
                kind=kind,
                key=payout["key"],
                cause=Cause("provider", "evt"),
                currency=payout["currency"],
                moves=made,
            )

        self.carry_out(crash, work)
        self.note(moves, payout["currency"])

    @rule(who=PEOPLE, currency=CURRENCIES, minutes=st.integers(3, 30))
    def time_passes_and_a_checkpoint_is_made(self, who, currency, minutes):
        """Held money waits a week: half an hour here and there brings none of it."""
        if self.passed + minutes > 24 * 60:
            return
        self.passed += minutes
        self.owner.age(timedelta(minutes=minutes))
        with self.db.transaction() as session:
            advance(session, accounts.person(self.people[who]), currency, settled_until(session))

    passed = 0

    # what must hold after each step

    @invariant()
    def balances_are_what_they_must_be(self):
        with self.db.reading() as session:
            for (account, currency), total in self.total.items():
                expected = Balance(total, total - self.held[account, currency])
                assert balance_of(session, account, currency) == expected, account

    @invariant()
    def sums_are_zero(self):
        with self.db.reading() as session:
            sums = defaultdict(int)
            for entry in session.scalars(select(LedgerEntry)):
                sums[entry.currency] += entry.amount
        assert set(sums.values()) <= {0}

    @invariant()
    def whoever_paid_and_got_nothing_back_has_access(self):
        with self.db.reading() as session:
            for number, user_id in enumerate(self.people):
                assert bool(access_of(session, user_id, "channel", [SUBJECT])) == (self.subscribed[number] > 0)

    def teardown(self):
        with self.db.reading() as session:
            assert check(session) == []


@pytest.mark.slow
def test_random_money_adds_up(db, owner):
    machine = type("Machine", (Money,), {"db": db, "owner": owner})
    quiet = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    run_state_machine_as_test(
        machine, settings=settings(max_examples=25, stateful_step_count=30, deadline=None, suppress_health_check=quiet)
    )
