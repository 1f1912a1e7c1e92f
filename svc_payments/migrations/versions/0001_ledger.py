"""Create the ledger with the rules that PostgreSQL holds, and the tables for talking over the bus.

Migrations run as `payments_owner`. The service's own role may read the ledger and add to it, and nothing else:
not change, not delete, not set times, and not switch triggers off.

Revision ID: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from plumbing.migrate import create_plumbing_tables, drop_plumbing_tables, serve
from plumbing.tables import idempotent_calls_table

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SERVICE = "payments"
ID = sa.Uuid(as_uuid=False)
TIME = sa.DateTime(timezone=True)
LEDGER = ("ledger_transactions", "ledger_entries")
#: What is neither the server's clock nor its transaction id.
MAY_SET = {
    "ledger_transactions": (
        "id, kind, key, currency, cause_kind, cause_id, payment_id, memo, "
        "holder_id, subject_kind, subject_id, access_from, access_until, ends_access_of"
    ),
    "ledger_entries": "transaction_id, line, account_id, amount, currency, available_at",
}
ACCOUNT = "^(provider|fees|costs|(person|in_payout|ads):[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$"

# Sequential scans are ruled out because plans are kept, and would be those of the tables' first, empty hour.
_FUNCTION = (
    "CREATE FUNCTION {}() RETURNS trigger LANGUAGE plpgsql "
    "SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $$ {} $$"
)

#: All entries of a transaction come in one statement of the database transaction that wrote it.
ENTRIES_WRITTEN = """
BEGIN
  IF EXISTS (
    SELECT FROM written LEFT JOIN public.ledger_transactions AS parent ON parent.id = written.transaction_id
    WHERE parent.written_in IS DISTINCT FROM pg_current_xact_id()::text::bigint
  ) THEN
    RAISE EXCEPTION 'entries belong to a transaction that is being written now' USING ERRCODE = 'check_violation';
  END IF;
  IF (SELECT count(*) FROM written) <> (
    SELECT count(*) FROM public.ledger_entries
    WHERE transaction_id IN (SELECT written.transaction_id FROM written)
  ) THEN
    RAISE EXCEPTION 'all entries of a transaction are written at once' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END
"""

#: Read at commit. The minute is what checkpoints stand on: nothing appears that is older.
TRANSACTION_WHOLE = """
DECLARE
  entries record;
BEGIN
  SELECT count(*) AS number, sum(amount) AS sum, bool_and(currency = NEW.currency) AS one_currency
  INTO entries FROM public.ledger_entries WHERE transaction_id = NEW.id;
  IF entries.number < 2 OR entries.sum <> 0 OR NOT entries.one_currency THEN
    RAISE EXCEPTION 'ledger transaction % does not balance: % entries of % in sum', NEW.id, entries.number, entries.sum
      USING ERRCODE = 'check_violation';
  END IF;
  IF clock_timestamp() - transaction_timestamp() > interval '60 s' THEN
    RAISE EXCEPTION 'ledger transaction % comes too late after its beginning', NEW.id
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END
"""

REFUSED = """
BEGIN
  RAISE EXCEPTION '% of % is refused: the ledger is only added to', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation';
END
"""
FUNCTIONS = {
    "ledger_entries_written": ENTRIES_WRITTEN,
    "ledger_transaction_whole": TRANSACTION_WHOLE,
    "ledger_is_append_only": REFUSED,
}


def upgrade() -> None:
    """Create everything."""
    serve(op, SERVICE)
    create_plumbing_tables(op)
    idempotent_calls_table(sa.MetaData()).create(op.get_bind())
    _create_transactions()
    _create_entries()
    _create_checkpoints()
    _create_rules()
    _restrict()


def _create_transactions() -> None:
    op.create_table(
        "ledger_transactions",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("cause_kind", sa.Text(), nullable=False),
        sa.Column("cause_id", sa.Text(), nullable=False),
        sa.Column("payment_id", ID),
        sa.Column("memo", sa.Text(), nullable=False),
        sa.Column("holder_id", ID),
        sa.Column("subject_kind", sa.Text()),
        sa.Column("subject_id", sa.Text()),
        sa.Column("access_from", TIME),
        sa.Column("access_until", TIME),
        sa.Column("ends_access_of", ID),
        sa.Column("at", TIME, nullable=False, server_default=sa.text("statement_timestamp()")),
        sa.Column(
            "written_in", sa.BigInteger(), nullable=False, server_default=sa.text("pg_current_xact_id()::text::bigint")
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.CheckConstraint("kind ~ '^[a-z][a-z_]*$'", name="kind_is_a_word"),
        sa.CheckConstraint("key <> '' AND cause_id <> ''", name="it_has_a_key_and_a_cause"),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_is_a_code"),
        sa.CheckConstraint("cause_kind IN ('command', 'event', 'provider', 'job')", name="cause_is_known"),
        sa.CheckConstraint(
            "num_nonnulls(holder_id, subject_kind, subject_id, access_from) IN (0, 4)", name="access_is_whole"
        ),
        sa.CheckConstraint("access_until IS NULL OR access_until > access_from", name="access_ends_after_it_begins"),
    )
    for name, columns, where in (
        ("ledger_payments", ["payment_id"], "payment_id IS NOT NULL"),
        ("ledger_access", ["holder_id", "subject_kind", "subject_id"], "holder_id IS NOT NULL"),
        ("ledger_access_ends", ["ends_access_of"], "ends_access_of IS NOT NULL"),
        ("ledger_access_until", ["access_until"], "access_until IS NOT NULL"),
    ):
        op.create_index(name, "ledger_transactions", columns, postgresql_where=sa.text(where))


def _create_entries() -> None:
    op.create_table(
        "ledger_entries",
        sa.Column("transaction_id", ID, nullable=False),
        sa.Column("line", sa.SmallInteger(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("available_at", TIME, nullable=False),
        sa.Column("at", TIME, nullable=False, server_default=sa.text("statement_timestamp()")),
        sa.PrimaryKeyConstraint("transaction_id", "line"),
        sa.CheckConstraint("amount <> 0", name="amount_is_some"),
        sa.CheckConstraint("available_at >= at", name="available_from_then_on"),
        sa.CheckConstraint(f"account_id ~ '{ACCOUNT}'", name="account_is_known"),
    )
    op.create_index(
        "ledger_lines",
        "ledger_entries",
        ["account_id", "currency", "at", "transaction_id", "line"],
        postgresql_include=["amount", "available_at"],
    )
    op.create_index(
        "ledger_held",
        "ledger_entries",
        ["account_id", "currency", "available_at"],
        postgresql_include=["amount", "at"],
        postgresql_where=sa.text("available_at > at"),
    )
    op.create_index("ledger_recent", "ledger_entries", ["at"], postgresql_using="brin")
    for table in LEDGER:  # sums are read from the indexes alone where the visibility map is fresh
        op.execute(
            f"ALTER TABLE {table} SET (autovacuum_vacuum_insert_scale_factor = 0.02, "
            "autovacuum_vacuum_insert_threshold = 20000, autovacuum_analyze_threshold = 1000)"
        )


def _create_checkpoints() -> None:
    op.create_table(
        "balance_checkpoints",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("upto", TIME, nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("available", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "currency"),
    )


def _create_rules() -> None:
    for name, body in FUNCTIONS.items():
        op.execute(_FUNCTION.format(name, body))
    op.execute(
        "CREATE TRIGGER written AFTER INSERT ON ledger_entries REFERENCING NEW TABLE AS written "
        "FOR EACH STATEMENT EXECUTE FUNCTION ledger_entries_written()"
    )
    op.execute(
        "CREATE CONSTRAINT TRIGGER whole AFTER INSERT ON ledger_transactions DEFERRABLE INITIALLY DEFERRED "
        "FOR EACH ROW EXECUTE FUNCTION ledger_transaction_whole()"
    )
    for table in LEDGER:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only()"
        )


def _restrict() -> None:
    for table in LEDGER:
        op.execute(f"REVOKE ALL ON {table} FROM {SERVICE}")
        op.execute(f"GRANT SELECT, INSERT ({MAY_SET[table]}) ON {table} TO {SERVICE}")


def downgrade() -> None:
    """Drop everything."""
    for table in ("balance_checkpoints", "ledger_entries", "ledger_transactions", "idempotent_calls"):
        op.drop_table(table)
    for name in FUNCTIONS:
        op.execute(f"DROP FUNCTION {name}()")
    drop_plumbing_tables(op)
