"""What every service's Alembic environment does."""

from __future__ import annotations

import random
import sys
import time
from typing import Any

from alembic import context
from sqlalchemy import Connection, MetaData, create_engine, pool, text
from sqlalchemy.exc import OperationalError

from plumbing.settings import settings
from plumbing.tables import inbox_table, outbox_table

#: Search configurations that know a language's stems and ignore accents; see `plumbing.text_query`.
_LANGUAGES = {"charla_es": "spanish", "charla_en": "english"}


#: So long a change of a table waits for whoever uses the table; everybody else waits behind it.
LOCK_WAIT_MS = 500
#: So long it is tried again, in seconds.
PATIENCE_S = 180.0
_PAUSE_S = 0.5, 1.5
#: SQLSTATE of a lock that was not had in time, and of what a deadlock was solved by.
_BLOCKED = ("55P03", "40P01")
_MINE = "hashtext('migrations')"


def run(metadata: MetaData) -> None:
    """Bring the database in DATABASE_URL to the asked revision, while others use it.

    A change that would have to wait for a lock gives up soon, lets those behind it pass, and tries again; what was
    done before stays done. See docs/operations/upgrade.md for what a migration may do.
    """
    engine = create_engine(settings().database_url, poolclass=pool.NullPool)
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            with engine.connect() as connection:
                _attempt(connection, metadata)
        except OperationalError as error:
            if getattr(error.orig, "pgcode", None) not in _BLOCKED or time.monotonic() > deadline:
                raise
            sys.stderr.write("a table is in use; trying again\n")
            time.sleep(random.uniform(*_PAUSE_S))  # noqa: S311 - only so that not all come at once
        else:
            return


def _attempt(connection: Connection, metadata: MetaData) -> None:
    connection.execute(text(f"SET lock_timeout = {LOCK_WAIT_MS}"))
    connection.commit()
    # Asked for again and again: a session that waits in a statement would be waited for by CREATE INDEX CONCURRENTLY.
    while not connection.execute(text(f"SELECT pg_try_advisory_lock({_MINE})")).scalar():  # noqa: S608 - our own words
        connection.commit()
        time.sleep(0.2)
    connection.commit()
    _drop_unfinished_indexes(connection)
    context.configure(
        connection=connection,
        target_metadata=metadata,
        transaction_per_migration=True,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def _drop_unfinished_indexes(connection: Connection) -> None:
    """Drop what CREATE INDEX CONCURRENTLY leaves where it is interrupted; `if_not_exists` would take it for made."""
    unfinished = text(
        "SELECT c.oid::regclass::text FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
        "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE NOT i.indisvalid AND n.nspname = 'public'"
    )
    names = list(connection.scalars(unfinished))
    connection.commit()
    if names:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        for name in names:
            connection.execute(text(f"DROP INDEX CONCURRENTLY IF EXISTS {name}"))
        connection.execution_options(isolation_level="READ COMMITTED")


def create_plumbing_tables(op: Any) -> None:
    """Create `outbox` and `inbox` (for a service's first migration)."""
    metadata = MetaData()
    for table in (outbox_table(metadata), inbox_table(metadata)):
        table.create(op.get_bind())
    op.execute("ALTER TABLE outbox SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000)")


def drop_plumbing_tables(op: Any) -> None:
    """Drop `outbox` and `inbox`."""
    op.drop_table("inbox")
    op.drop_table("outbox")


def serve(op: Any, role: str) -> None:
    """Let the service's role use the rows of tables that the migrating role makes (in a service's first migration).

    For services whose tables belong to a role of their own, so that the service cannot change the tables.
    """
    op.execute(f"GRANT USAGE ON SCHEMA public TO {role}")
    op.execute(f"ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role}")


def create_search_configurations(op: Any) -> None:
    """Create the unaccented configurations; `unaccent` is a trusted extension since PostgreSQL 13."""
    op.execute("CREATE EXTENSION IF NOT EXISTS unaccent")
    for name, language in _LANGUAGES.items():
        op.execute(f"CREATE TEXT SEARCH CONFIGURATION {name} (COPY = {language})")
        op.execute(
            f"ALTER TEXT SEARCH CONFIGURATION {name} ALTER MAPPING FOR hword, hword_part, word "
            f"WITH unaccent, {language}_stem"
        )


def drop_search_configurations(op: Any) -> None:
    """Drop them."""
    for name in _LANGUAGES:
        op.execute(f"DROP TEXT SEARCH CONFIGURATION {name}")
