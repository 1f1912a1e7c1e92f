"""The proof finds each kind of wrong that the rules of PostgreSQL keep away; here they are switched off."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from contracts.base import new_id
from svc_payments import metrics
from svc_payments.ledger import accounts
from svc_payments.ledger.checking import check
from svc_payments.ledger.checkpoints import advance, settled_until
from svc_payments.ledger.posting import Move, post
from svc_payments.workers.checking import check_ledger
from tests.svc_payments.money import COMMAND, give, paid_in


@pytest.fixture
def books(db, owner):
    """A few payments and a checkpoint; who received, and who paid."""
    ada, bob = new_id(), new_id()
    with db.transaction() as session:
        paid_in(session, ada, 1_000)
        paid_in(session, ada, 500, until=datetime.now(UTC) + timedelta(days=7))
        give(session, ada, bob, 400)
    owner.age(timedelta(minutes=5))
    with db.transaction() as session:
        advance(session, accounts.person(ada), "EUR", settled_until(session))
    with db.transaction() as session:
        give(session, ada, bob, 600)
    return ada, bob


def broken(db):
    with db.reading() as session:
        return {finding.rule for finding in check(session)}


WRONGS = [
    ("UPDATE ledger_entries SET amount = amount + 1 WHERE amount = 400", "transactions_balance"),
    ("UPDATE ledger_entries SET amount = amount + 1 WHERE amount = 400", "currencies_sum_to_zero"),
    ("DELETE FROM ledger_entries WHERE amount = -400", "transactions_balance"),
    ("DELETE FROM ledger_entries WHERE abs(amount) = 400", "transactions_balance"),
    ("DELETE FROM ledger_transactions WHERE kind = 'balance_payment'", "transactions_balance"),
    ("UPDATE ledger_entries SET currency = 'USD' WHERE amount = 400", "transactions_balance"),
    ("UPDATE ledger_entries SET currency = 'USD' WHERE amount = 400", "currencies_sum_to_zero"),
    ("UPDATE balance_checkpoints SET total = total + 1", "checkpoints_are_sums"),
    ("UPDATE balance_checkpoints SET available = available - 1", "checkpoints_are_sums"),
    ("UPDATE balance_checkpoints SET upto = upto - interval '1 hour'", "checkpoints_are_sums"),
    ("UPDATE ledger_transactions SET key = key || 'x' WHERE kind = 'card_payment'", "ids_are_made_of_facts"),
    ("UPDATE ledger_transactions SET kind = 'tip' WHERE kind = 'card_payment'", "ids_are_made_of_facts"),
    ("UPDATE ledger_entries SET amount = amount * 2 WHERE abs(amount) = 600", "nobody_spends_what_is_not_there"),
    (
        "UPDATE ledger_entries SET available_at = available_at + interval '1 day' WHERE amount = 1000",
        "nobody_spends_what_is_not_there",
    ),
]


def test_what_is_right_has_no_findings(db, books):
    assert broken(db) == set()


@pytest.mark.parametrize(("wrong", "rule"), WRONGS)
def test_what_is_wrong_is_found(db, owner, books, wrong, rule):
    with owner.connection() as connection:
        assert connection.execute(text(wrong)).rowcount > 0
    assert rule in broken(db)


def test_what_a_refund_takes_is_nobodys_spending(db, books):
    ada, _ = books
    moves = [Move(accounts.person(ada), -500), Move(accounts.PROVIDER, 500)]
    with db.transaction() as session:
        post(session, kind="refund", key="re", cause=COMMAND, currency="EUR", moves=moves)
    assert broken(db) == set()


def test_spending_without_looking_is_found(db, books):
    ada, bob = books
    moves = [Move(accounts.person(ada), -1), Move(accounts.person(bob), 1)]
    with db.transaction() as session:
        post(session, kind="balance_payment", key="careless", cause=COMMAND, currency="EUR", moves=moves)
    assert broken(db) == {"nobody_spends_what_is_not_there"}


def test_the_worker_counts_what_it_finds(db, owner, books):
    def counted(outcome):
        return metrics.LEDGER_CHECKS.labels(outcome)._value.get()

    right, wrong = counted("right"), counted("wrong")
    assert check_ledger(db) == []
    with owner.connection() as connection:
        connection.execute(text("UPDATE balance_checkpoints SET total = total + 1"))
    assert [finding.rule for finding in check_ledger(db)] == ["checkpoints_are_sums"]
    assert (counted("right"), counted("wrong")) == (right + 1, wrong + 1)
    assert metrics.LEDGER_FINDINGS.labels("checkpoints_are_sums")._value.get() == 1
