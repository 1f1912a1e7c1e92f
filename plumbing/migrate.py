"""What every service's Alembic environment does."""

from __future__ import annotations

from typing import Any

from alembic import context
from sqlalchemy import MetaData, create_engine, pool, text

from plumbing.settings import settings
from plumbing.tables import inbox_table, outbox_table

#: Search configurations that know a language's stems and ignore accents; see `plumbing.text_query`.
_LANGUAGES = {"charla_es": "spanish", "charla_en": "english"}


def run(metadata: MetaData) -> None:
    """Bring the database in DATABASE_URL to the asked revision; waits briefly for locks, never long."""
    engine = create_engine(settings().database_url, poolclass=pool.NullPool)
    with engine.connect() as connection:
        connection.execute(text("SET lock_timeout = '5s'"))
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=metadata,
            transaction_per_migration=True,
            compare_type=True,
        )
        with context.begin_transaction():
            context.run_migrations()


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
