"""Money under many hands at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Event
from time import monotonic

import pytest
from sqlalchemy import event, text

from contracts.base import new_id
from contracts.payments import BalanceTooLow
from plumbing.database import Transactions, new_engine, transactions
from svc_payments.ledger import accounts
from svc_payments.ledger.balances import balance_of, lock_enough, lock_spending
from svc_payments.ledger.posting import Move, post
from tests.payments_base import right
from tests.svc_payments.money import COMMAND, give, held, paid_in

AT_ONCE = 64


@pytest.fixture(scope="module")
def many(configured):
    """The test's database for many at once."""
    return transactions(configured.database_url, pool_size=AT_ONCE)


def spends(db: Transactions, payer: str, payee: str, amount: int) -> bool:
    try:
        with db.transaction() as session:
            give(session, payer, payee, amount)
    except BalanceTooLow:
        return False
    return True


def test_many_at_once_never_overdraw(db, many):
    ada, bob = new_id(), new_id()
    with db.transaction() as session:
        paid_in(session, ada, 1_000)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        done = list(pool.map(lambda _: spends(many, ada, bob, 70), range(AT_ONCE)))
    assert done.count(True) == 14
    assert (held(db, ada), held(db, bob)) == ((20, 0), (980, 0))
    right(db)


def test_people_who_pay_each_other_at_once_lose_nothing(db, many):
    people = [new_id() for _ in range(4)]
    with db.transaction() as session:
        for each in people:
            paid_in(session, each, 500)
    pairs = [(people[n % 4], people[(n * 7 + 1) % 4], 10 + n) for n in range(200) if n % 4 != (n * 7 + 1) % 4]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda pair: spends(many, *pair), pairs))
    assert sum(held(db, each)[0] for each in people) == 2_000
    assert all(held(db, each)[0] >= 0 for each in people)
    right(db)


def test_a_spender_sees_what_the_one_before_committed(db):
    """Whoever waits for the lock must not go on with the balance of before."""
    ada, waits = new_id(), Event()
    with db.transaction() as session:
        paid_in(session, ada, 100)

    def second():
        with db.transaction() as session:
            balance_of(session, accounts.person(ada), "EUR")  # a snapshot of its own, long before
            waits.set()
            return lock_spending(session, accounts.person(ada), "EUR").available

    with ThreadPoolExecutor(1) as pool, db.transaction() as session:
        lock_spending(session, accounts.person(ada), "EUR")
        late = pool.submit(second)
        assert waits.wait(60)
        give(session, ada, new_id(), 90)
        session.commit()
        assert late.result(5) == 10


def test_receiving_waits_for_no_spender(db, many):
    """Thousands may pay somebody who is just paying somebody else."""
    creator = new_id()
    payers = [new_id() for _ in range(AT_ONCE)]
    with db.transaction() as session:
        for each in payers:
            paid_in(session, each, 1_000)
    with db.transaction() as spender:
        lock_spending(spender, accounts.person(creator), "EUR")
        begun = monotonic()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            done = list(pool.map(lambda n: spends(many, payers[n % AT_ONCE], creator, 1), range(500)))
        took = monotonic() - begun
        assert done == [True] * 500
        waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'advisory'"
        assert spender.execute(text(waiting)).scalar() == 0
    assert held(db, creator) == (500, 0)
    assert took < 60  # each of them would have met the lock's timeout of 5 s


def test_a_credit_takes_no_lock_that_a_spender_of_the_account_takes(db):
    ada = new_id()
    with db.transaction() as session:
        paid_in(session, ada, 100)
        held_locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
        assert session.execute(text(held_locks)).scalar() == 0
        lock_spending(session, accounts.person(ada), "EUR")
        assert session.execute(text(held_locks)).scalar() == 1


def test_locks_of_two_currencies_are_two(db):
    ada = new_id()
    with ThreadPoolExecutor(1) as pool, db.transaction() as session:
        lock_spending(session, accounts.person(ada), "EUR")

        def dollars():
            with db.transaction() as other:
                return lock_spending(other, accounts.person(ada), "USD").total

        assert pool.submit(dollars).result(4) == 0


def test_what_is_not_there_is_refused_with_what_is(db):
    ada = new_id()
    with db.transaction() as session:
        paid_in(session, ada, 100)
        paid_in(session, ada, 900, until=datetime.now(UTC) + timedelta(days=7))
    with pytest.raises(BalanceTooLow) as caught, db.transaction() as session:
        lock_enough(session, accounts.person(ada), "EUR", 101)
    assert caught.value.facts == {"available": 100}
    with db.transaction() as session:
        lock_enough(session, accounts.person(ada), "EUR", 100)


def test_a_refund_may_bring_somebody_below_zero_and_they_can_spend_nothing_then(db):
    ada, bob = new_id(), new_id()
    with db.transaction() as session:
        paid_in(session, ada, 100)
        give(session, ada, bob, 100)
    with db.transaction() as session:
        moves = [Move(accounts.person(ada), -100), Move(accounts.PROVIDER, 100)]
        post(session, kind="refund", key="r", cause=COMMAND, currency="EUR", moves=moves)
    assert held(db, ada) == (-100, 0)
    with pytest.raises(BalanceTooLow) as caught, db.transaction() as session:
        give(session, ada, bob, 1)
    assert caught.value.facts == {"available": 0}
    right(db)


def test_a_posting_is_one_statement(db, configured):
    engine, statements = new_engine(configured.database_url, 1), []
    event.listen(engine, "before_cursor_execute", lambda *told: statements.append(told[2]))
    from sqlalchemy.orm import sessionmaker

    with Transactions(sessionmaker(bind=engine)).transaction() as session:
        paid_in(session, new_id(), 100)
    assert len([each for each in statements if not each.startswith("PREPARE")]) == 1
    engine.dispose()
