from datetime import UTC, datetime, timedelta
from time import monotonic

import pytest
from sqlalchemy import delete, select, text

from contracts.base import new_id
from svc_payments.ledger import accounts
from svc_payments.ledger.balances import lines_of
from svc_payments.ledger.checkpoints import settled_until
from svc_payments.ledger.posting import transaction_id
from svc_payments.models import BalanceCheckpoint
from svc_payments.workers.checkpoints import make_checkpoints
from tests.payments_base import right
from tests.svc_payments.money import give, held, paid_in

DAY = timedelta(days=1)


def checkpoints(db):
    with db.reading() as session:
        return {each.account_id: each for each in session.scalars(select(BalanceCheckpoint))}


def test_money_is_pending_until_its_time_has_come(db, owner):
    ada = new_id()
    with db.transaction() as session:
        key = paid_in(session, ada, 1_000, until=datetime.now(UTC) + 7 * DAY)
        paid_in(session, ada, 30)
    assert held(db, ada) == (30, 1_000)
    owner.age(7 * DAY, transaction_id("card_payment", key))
    assert held(db, ada) == (1_030, 0)


def test_accounts_hold_each_currency_apart(db):
    ada = new_id()
    with db.transaction() as session:
        paid_in(session, ada, 1_000)
    with db.reading() as session:
        from svc_payments.ledger.balances import Balance, balance_of

        assert balance_of(session, accounts.person(ada), "USD") == Balance(0, 0)


def test_a_checkpoint_changes_no_balance(db, owner):
    ada, bob = new_id(), new_id()
    with db.transaction() as session:
        for amount in range(1, 20):
            paid_in(session, ada, amount)
        paid_in(session, ada, 5_000, until=datetime.now(UTC) + DAY)  # matures below
        paid_in(session, ada, 7_000, until=datetime.now(UTC) + 9 * DAY)
        give(session, ada, bob, 40)
    owner.age(timedelta(seconds=125))
    before = held(db, ada)
    assert before == (150, 12_000)
    assert make_checkpoints(db, lines=5) == 2
    assert set(checkpoints(db)) == {accounts.person(ada), accounts.PROVIDER}
    assert (held(db, ada), held(db, bob)) == (before, (40, 0))
    with db.transaction() as session:
        paid_in(session, ada, 1)
        give(session, ada, bob, 51)
    assert held(db, ada) == (100, 12_000)
    right(db)


def test_what_matures_after_its_checkpoint_is_available(db, owner):
    ada = new_id()
    with db.transaction() as session:
        paid_in(session, ada, 1_000, until=datetime.now(UTC) + 7 * DAY)
    owner.age(6 * DAY)
    with db.transaction() as session:  # a checkpoint of the sixth day
        upto = settled_until(session)
        from svc_payments.ledger.checkpoints import advance

        advance(session, accounts.person(ada), "EUR", upto)
    assert held(db, ada) == (0, 1_000)
    with owner.connection() as connection:  # two days pass
        for table, columns in (("ledger_entries", ("at", "available_at")), ("balance_checkpoints", ("upto",))):
            moved = ", ".join(f"{column} = {column} - interval '2 days'" for column in columns)
            connection.execute(text(f"UPDATE {table} SET {moved}"))  # noqa: S608
    assert held(db, ada) == (1_000, 0)
    with db.transaction() as session:
        advance(session, accounts.person(ada), "EUR", settled_until(session))
    assert checkpoints(db)[accounts.person(ada)].available == 1_000
    assert held(db, ada) == (1_000, 0)
    right(db)


def test_a_checkpoint_waits_until_its_moment_is_settled(db):
    ada = new_id()
    with db.transaction() as session:
        for _ in range(10):
            paid_in(session, ada, 5)
    assert make_checkpoints(db, lines=5) == 0
    assert checkpoints(db) == {}


def test_few_lines_need_no_checkpoint(db, owner):
    with db.transaction() as session:
        for _ in range(4):
            paid_in(session, new_id(), 5)
    owner.age(timedelta(seconds=125))
    assert make_checkpoints(db, lines=5) == 0


def test_a_checkpoint_never_goes_back(db, owner):
    from svc_payments.ledger.checkpoints import advance

    ada = new_id()
    with db.transaction() as session:
        paid_in(session, ada, 5)
    owner.age(timedelta(hours=1))
    with db.transaction() as session:
        upto = settled_until(session)
        advance(session, accounts.person(ada), "EUR", upto)
        advance(session, accounts.person(ada), "EUR", upto - DAY)
    assert checkpoints(db)[accounts.person(ada)].upto == upto
    assert held(db, ada) == (5, 0)


def test_lines_come_page_by_page_newest_first(db):
    ada, keys = new_id(), []
    for amount in range(1, 8):
        with db.transaction() as session:
            keys.append(paid_in(session, ada, amount, memo=f"number {amount}"))
    pages, before = [], None
    with db.reading() as session:
        while page := lines_of(session, accounts.person(ada), "EUR", limit=3, before=before):
            pages.append([line.amount for line in page])
            before = page[-1].place
    assert pages == [[7, 6, 5], [4, 3, 2], [1]]
    with db.reading() as session:
        newest = lines_of(session, accounts.person(ada), "EUR", limit=1)[0]
    assert (newest.memo, newest.key, newest.kind) == ("number 7", keys[-1], "card_payment")


def test_lines_of_a_span(db, owner):
    ada = new_id()
    with db.transaction() as session:
        old = paid_in(session, ada, 1)
        paid_in(session, ada, 2)
    owner.age(40 * DAY, transaction_id("card_payment", old))
    edge = datetime.now(UTC) - 30 * DAY
    with db.reading() as session:
        since = lines_of(session, accounts.person(ada), "EUR", limit=9, since=edge)
        until = lines_of(session, accounts.person(ada), "EUR", limit=9, until=edge)
    assert ([line.amount for line in since], [line.amount for line in until]) == ([2], [1])


def quickest(work):
    """Return how long the quickest of a few takes, in seconds."""

    def timed():
        begun = monotonic()
        work()
        return monotonic() - begun

    return min(timed() for _ in range(5))


@pytest.fixture
def crowded(db, owner):
    """An account with very many entries, and the account that they came from."""
    ada = new_id()
    with owner.connection() as connection:
        connection.execute(
            text(
                "INSERT INTO ledger_transactions (id, kind, key, currency, cause_kind, cause_id, memo, at) "
                "SELECT CAST(lpad(to_hex(n), 32, '0') AS uuid), 'card_payment', n, 'EUR', 'job', 'x', '', "
                "now() - n * interval '1 s' FROM generate_series(1, 200000) AS n"
            )
        )
        connection.execute(
            text(
                "INSERT INTO ledger_entries (transaction_id, line, account_id, amount, currency, available_at, at) "
                "SELECT CAST(lpad(to_hex(n), 32, '0') AS uuid), line, "
                "CASE line WHEN 1 THEN 'provider' ELSE :account END, "
                "CASE line WHEN 1 THEN -5 ELSE 5 END, 'EUR', CASE n % 10 WHEN 0 THEN now() + interval '1 day' "
                "ELSE now() - n * interval '1 s' END, "
                "now() - n * interval '1 s' FROM generate_series(1, 200000) AS n, generate_series(1, 2) AS line"
            ),
            {"account": accounts.person(ada)},
        )
    vacuum(owner)
    yield ada
    owner.empty()
    vacuum(owner)


def vacuum(owner):
    with owner.maintaining() as connection:
        connection.execute(text("VACUUM ANALYZE ledger_transactions, ledger_entries"))


@pytest.mark.slow
def test_a_balance_of_very_many_entries_is_read_in_no_time_from_its_checkpoint(db, owner, crowded):
    from svc_payments.ledger.checkpoints import advance

    sums = "SELECT sum(amount) FILTER (WHERE available_at <= now()), sum(amount) FILTER (WHERE available_at > now())"
    with db.reading() as session:
        wanted = session.execute(
            text(f"{sums} FROM ledger_entries WHERE account_id = :account"), {"account": accounts.person(crowded)}
        ).one()
    from_all = quickest(lambda: held(db, crowded))
    assert held(db, crowded) == tuple(wanted)
    with db.transaction() as session:
        advance(session, accounts.person(crowded), "EUR", settled_until(session))
    assert held(db, crowded) == tuple(wanted)
    assert quickest(lambda: held(db, crowded)) < from_all / 2

    def read_lines() -> None:
        with db.reading() as session:
            assert len(lines_of(session, accounts.person(crowded), "EUR", limit=50)) == 50

    assert quickest(read_lines) < from_all
    with db.transaction() as session:
        session.execute(delete(BalanceCheckpoint))
