"""What PostgreSQL refuses, tried by hand with the service's own role and without any of its code."""

import psycopg2
import psycopg2.errors
import pytest
from psycopg2.errors import CheckViolation, InsufficientPrivilege
from sqlalchemy import make_url

from contracts.base import new_id
from tests.payments_base import right

TRANSACTION = (
    "INSERT INTO ledger_transactions (id, kind, key, currency, cause_kind, cause_id, memo) "
    "VALUES (%s, 'card_payment', %s, 'EUR', 'command', 'by-hand', '')"
)
ENTRIES = "INSERT INTO ledger_entries (transaction_id, line, account_id, amount, currency, available_at) VALUES "
ENTRY = "(%s, %s, %s, %s, %s, now() + interval '1 day')"


@pytest.fixture
def hand(db, configured):
    """A connection as the service's role."""
    url = make_url(configured.database_url)
    connection = psycopg2.connect(
        host=url.host, port=url.port, user=url.username, password=url.password, dbname=url.database
    )
    yield connection
    connection.close()


def begin(cursor):
    from svc_payments.ledger.posting import transaction_id

    key = new_id()
    found = transaction_id("card_payment", key)
    cursor.execute(TRANSACTION, [found, key])
    return found


def write(cursor, transaction, *amounts, currency="EUR", line=1):
    """Write entries in one statement, alternating between two accounts."""
    rows = [
        (transaction, line + number, ("provider", "fees")[number % 2], amount, currency)
        for number, amount in enumerate(amounts)
    ]
    cursor.execute(ENTRIES + ", ".join([ENTRY] * len(rows)), [value for row in rows for value in row])


@pytest.fixture
def posted(hand):
    """A transaction that is committed."""
    with hand, hand.cursor() as cursor:
        found = begin(cursor)
        write(cursor, found, -100, 100)
    return found


def test_what_balances_is_taken(hand, posted, db):
    with hand, hand.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM ledger_entries WHERE transaction_id = %s", [posted])
        assert cursor.fetchone() == (2,)
    right(db)


@pytest.mark.parametrize("amounts", [(-100, 99), (-100, 100, 1), (100, 100), ()])
def test_what_does_not_balance_is_refused_at_commit(hand, amounts):
    with pytest.raises(CheckViolation, match="does not balance"), hand, hand.cursor() as cursor:
        found = begin(cursor)
        if amounts:
            write(cursor, found, *amounts)


def test_one_entry_is_too_few_even_of_nothing(hand):
    with pytest.raises(CheckViolation, match="amount_is_some"), hand, hand.cursor() as cursor:
        write(cursor, begin(cursor), 0)


@pytest.mark.parametrize("currencies", [("EUR", "USD"), ("USD", "USD")])
def test_a_transaction_is_of_one_currency(hand, currencies):
    with pytest.raises(CheckViolation, match="does not balance"), hand, hand.cursor() as cursor:
        found = begin(cursor)
        rows = [(found, line, "fees", amount, currencies[line]) for line, amount in enumerate((-100, 100))]
        cursor.execute(ENTRIES + f"{ENTRY}, {ENTRY}", [value for row in rows for value in row])


def test_amounts_are_whole(hand):
    with hand, hand.cursor() as cursor:
        found = begin(cursor)
        write(cursor, found, -1.4, 1.4)  # rounded by the column's type, on both sides alike
        cursor.execute("SELECT amount FROM ledger_entries WHERE transaction_id = %s ORDER BY line", [found])
        assert cursor.fetchall() == [(-1,), (1,)]


def test_what_is_committed_gets_no_more_entries(hand, posted):
    with pytest.raises(CheckViolation, match="being written now"), hand, hand.cursor() as cursor:
        write(cursor, posted, -5, 5, line=10)


def test_entries_of_no_transaction_are_refused(hand):
    with pytest.raises(CheckViolation, match="being written now"), hand, hand.cursor() as cursor:
        write(cursor, new_id(), -5, 5)


def test_all_entries_come_at_once(hand):
    with pytest.raises(CheckViolation, match="at once"), hand, hand.cursor() as cursor:
        found = begin(cursor)
        write(cursor, found, -5, 5)
        write(cursor, found, -5, 5, line=10)


def test_a_check_that_was_called_forward_lets_nothing_follow(hand):
    with pytest.raises(CheckViolation, match="at once"), hand, hand.cursor() as cursor:
        found = begin(cursor)
        write(cursor, found, -5, 5)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        write(cursor, found, -5, 5, line=10)


def test_a_check_that_was_called_forward_finds_nothing_unfinished(hand):
    with pytest.raises(CheckViolation, match="does not balance"), hand, hand.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        begin(cursor)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_entries SET amount = amount * 2",
        "UPDATE ledger_transactions SET memo = 'never mind'",
        "DELETE FROM ledger_entries",
        "DELETE FROM ledger_transactions",
        "TRUNCATE ledger_entries",
        "TRUNCATE ledger_transactions",
        "TRUNCATE ledger_transactions, ledger_entries",
        "ALTER TABLE ledger_entries DISABLE TRIGGER ALL",
        "ALTER TABLE ledger_transactions DISABLE TRIGGER whole",
        "DROP TRIGGER append_only ON ledger_entries",
        "DROP TABLE ledger_entries",
        "ALTER TABLE ledger_entries DROP CONSTRAINT amount_is_some",
        "CREATE OR REPLACE FUNCTION ledger_transaction_whole() RETURNS trigger LANGUAGE plpgsql "
        "AS $$ BEGIN RETURN NULL; END $$",
        "ALTER FUNCTION ledger_transaction_whole() RESET search_path",
        "CREATE RULE quiet AS ON INSERT TO ledger_entries DO INSTEAD NOTHING",
        "CREATE TRIGGER mine BEFORE INSERT ON ledger_entries FOR EACH ROW EXECUTE FUNCTION ledger_is_append_only()",
        "SET session_replication_role = replica",
        "SET ROLE payments_owner",
        "GRANT payments_owner TO payments",
        "GRANT UPDATE ON ledger_entries TO payments; UPDATE ledger_entries SET amount = 1",
        "CREATE TABLE public.ledger (id int)",
        "CREATE TEMPORARY TABLE ledger_entries (id int)",
        "INSERT INTO ledger_entries (transaction_id, line, account_id, amount, currency, available_at) "
        "SELECT transaction_id, line, account_id, amount, currency, available_at FROM ledger_entries "
        "ON CONFLICT (transaction_id, line) DO UPDATE SET amount = 1",
    ],
)
def test_the_services_role_can_change_nothing(hand, posted, db, statement):
    # PostgreSQL says "permission denied to set parameter" under the code of a missing privilege, too.
    with pytest.raises(InsufficientPrivilege), hand, hand.cursor() as cursor:
        cursor.execute(statement)
    right(db)
    with hand, hand.cursor() as cursor:
        cursor.execute("SELECT array_agg(amount ORDER BY line) FROM ledger_entries WHERE transaction_id = %s", [posted])
        assert cursor.fetchone() == ([-100, 100],)


@pytest.mark.parametrize("column", ["at", "written_in"])
def test_the_services_role_cannot_set_the_clock(hand, column):
    value = "now() - interval '1 hour'" if column == "at" else "1"
    with pytest.raises(InsufficientPrivilege), hand, hand.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO ledger_transactions (id, kind, key, currency, cause_kind, cause_id, memo, {column}) "  # noqa: S608
            f"VALUES (gen_random_uuid(), 'tip', 'x', 'EUR', 'command', 'x', '', {value})"
        )


def test_an_entry_cannot_be_dated_back(hand):
    with pytest.raises(InsufficientPrivilege), hand, hand.cursor() as cursor:
        cursor.execute(
            ENTRIES.replace("available_at)", "available_at, at)") + "(%s, 1, 'fees', 1, 'EUR', now(), now())",
            [begin(cursor)],
        )


@pytest.mark.parametrize("statement", ["UPDATE {} SET at = at", "DELETE FROM {}", "TRUNCATE {}"])
@pytest.mark.parametrize("table", ["ledger_entries", "ledger_transactions"])
def test_even_the_owner_has_to_drop_a_trigger_first(posted, ops, configured, table, statement):
    from tests.services import in_database

    url = in_database(ops, configured.database_url)
    connection = psycopg2.connect(
        host=url.host, port=url.port, user=url.username, password=url.password, dbname=url.database,
        options="-c role=payments_owner",
    )  # fmt: skip
    with pytest.raises(psycopg2.errors.RestrictViolation, match="only added to"), connection.cursor() as cursor:
        cursor.execute(statement.format(table))
    connection.close()


@pytest.mark.parametrize("account", ["person", "person:", "person:ada", "Fees", "cash", "person:" + "x" * 36])
def test_accounts_have_known_names(hand, account):
    with pytest.raises(CheckViolation, match="account_is_known"), hand, hand.cursor() as cursor:
        cursor.execute(ENTRIES + ENTRY, [begin(cursor), 1, account, 1, "EUR"])


def late(hand):
    """Return a transaction that commits when it is more than a minute old.

    The server's clock cannot be moved: the age of the transaction is what the test waits for, for as long as it takes.
    """
    with hand.cursor() as cursor:
        found = begin(cursor)
        write(cursor, found, -5, 5)
        cursor.execute("SELECT pg_sleep(60.2 - extract(epoch FROM clock_timestamp() - transaction_timestamp()))")
    return found


@pytest.mark.slow
def test_what_comes_late_is_refused(hand):
    late(hand)
    with pytest.raises(CheckViolation, match="too late"):
        hand.commit()


def test_a_checkpoint_waits_for_whoever_is_still_writing(hand, db):
    from svc_payments.ledger.checkpoints import settled_until

    with hand.cursor() as cursor:
        write(cursor, begin(cursor), -5, 5)
        cursor.execute("SELECT transaction_timestamp()")
        began = cursor.fetchone()[0]
        with db.reading() as session:
            assert settled_until(session, settle_s=0) <= began
    hand.commit()
    with db.reading() as session:
        assert settled_until(session, settle_s=0) > began
