import uuid
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select

from contracts.base import new_id
from svc_payments.ledger import accounts
from svc_payments.ledger.posting import LedgerMismatch, Move, moves_of, post, reverse, transaction_id
from svc_payments.models import LedgerEntry, LedgerTransaction
from tests.payments_base import right
from tests.svc_payments.money import COMMAND, PROVIDER, give, held, paid_in


def times_posted(db):
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(LedgerTransaction))


def test_a_fact_has_one_id_everywhere():
    assert transaction_id("refund", "re_1") == transaction_id("refund", "re_1")
    assert transaction_id("refund", "re_1") != transaction_id("dispute", "re_1")
    assert uuid.UUID(transaction_id("refund", "re_1")).version == 5


def test_the_ids_of_facts_never_change():
    assert transaction_id("card_payment", "pi_1") == "68c56a99-18da-5903-9a57-fa8ed0b1d6e5"


def test_what_is_posted_is_on_the_accounts(db):
    ada, bob = new_id(), new_id()
    with db.transaction() as session:
        paid_in(session, ada, 1_000)
        give(session, ada, bob, 300)
    assert held(db, ada) == (700, 0)
    assert held(db, bob) == (300, 0)
    right(db)


def test_the_same_fact_is_posted_once(db):
    ada, key = new_id(), new_id()
    moves = [Move(accounts.PROVIDER, -500), Move(accounts.person(ada), 500)]
    for expected in (True, False, False):
        with db.transaction() as session:
            done = post(session, kind="card_payment", key=key, cause=PROVIDER, currency="EUR", moves=moves)
        assert done is expected
    assert held(db, ada) == (500, 0)


@pytest.mark.parametrize("change", ["amount", "account", "currency"])
def test_the_same_fact_with_other_moves_is_refused(db, change):
    ada, key = new_id(), new_id()
    paid = {"kind": "card_payment", "key": key, "cause": PROVIDER}
    moves = [Move(accounts.PROVIDER, -500), Move(accounts.person(ada), 500)]
    with db.transaction() as session:
        post(session, **paid, currency="EUR", moves=moves)
    amount = 400 if change == "amount" else 500
    who = new_id() if change == "account" else ada
    other = [Move(accounts.PROVIDER, -amount), Move(accounts.person(who), amount)]
    with pytest.raises(LedgerMismatch), db.transaction() as session:
        post(session, **paid, currency="USD" if change == "currency" else "EUR", moves=other)
    assert held(db, ada) == (500, 0)


def test_twins_at_the_same_moment_post_once(db):
    ada, key, start, done = new_id(), new_id(), Barrier(8), []
    moves = [Move(accounts.PROVIDER, -500), Move(accounts.person(ada), 500)]

    def learn():
        start.wait()
        with db.transaction() as session:
            done.append(post(session, kind="card_payment", key=key, cause=PROVIDER, currency="EUR", moves=moves))

    threads = [Thread(target=learn) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(done) == [False] * 7 + [True]
    assert held(db, ada) == (500, 0)


def test_moves_of_nothing_are_left_out(db):
    ada = new_id()
    moves = [Move(accounts.PROVIDER, -500), Move(accounts.person(ada), 500), Move(accounts.FEES, 0)]
    with db.transaction() as session:
        post(session, kind="card_payment", key="x", cause=PROVIDER, currency="EUR", moves=moves)
    with db.reading() as session:
        assert len(moves_of(session, transaction_id("card_payment", "x"))) == 2


def test_nothing_is_available_before_it_was_written(db):
    ada, then = new_id(), datetime.now(UTC) - timedelta(days=3)
    with db.transaction() as session:
        paid_in(session, ada, 500, until=then)
    with db.reading() as session:
        entry = session.scalars(select(LedgerEntry).where(LedgerEntry.amount == 500)).one()
    assert entry.available_at == entry.at > then


def test_a_reversal_gives_everything_back(db):
    ada, bob = new_id(), new_id()
    with db.transaction() as session:
        paid_in(session, ada, 1_000)
        key = give(session, ada, bob, 300)
    for expected in (True, False):
        with db.transaction() as session:
            of = transaction_id("balance_payment", key)
            assert reverse(session, kind="refund", key="r", cause=COMMAND, of=of) is expected
    assert (held(db, ada), held(db, bob)) == ((1_000, 0), (0, 0))
    right(db)


def test_a_reversal_takes_held_money_from_what_is_held(db):
    ada = new_id()
    with db.transaction() as session:
        paid_in(session, ada, 200)
        key = paid_in(session, ada, 1_000, until=datetime.now(UTC) + timedelta(days=7))
    assert held(db, ada) == (200, 1_000)
    with db.transaction() as session:
        reverse(session, kind="refund", key="r", cause=COMMAND, of=transaction_id("card_payment", key))
    assert held(db, ada) == (200, 0)


def test_what_was_never_posted_cannot_be_reversed(db):
    with pytest.raises(LedgerMismatch), db.transaction() as session:
        reverse(session, kind="refund", key="r", cause=COMMAND, of=new_id())
    assert times_posted(db) == 0


def test_what_is_rolled_back_was_never_posted(db):
    ada = new_id()

    def die():
        with db.transaction() as session:
            paid_in(session, ada, 1_000)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        die()
    assert (times_posted(db), held(db, ada)) == (0, (0, 0))
