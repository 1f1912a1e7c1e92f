from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from svc_auth.models import Base

#: Tables that are only looked up by another key than the person's.
#: `idempotent_calls` is led by the person as `person_id`.
LOOK_UPS = {
    "idempotent_calls",
    "usernames",
    "verified_emails",
    "credentials",
    "identity_owners",
    "used_tokens",
    "mails",
    "outbox",
    "inbox",
}


def test_the_migrations_make_what_the_models_say(configured):
    engine = create_engine(configured.database_url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    engine.dispose()


@pytest.mark.parametrize("table", [table for table in Base.metadata.sorted_tables if table.name not in LOOK_UPS])
def test_the_persons_id_leads_every_primary_key(table):
    assert next(iter(table.primary_key.columns)).name == "user_id"


@pytest.mark.parametrize("table", Base.metadata.sorted_tables)
def test_there_are_no_serials_and_no_foreign_keys(table):
    assert not table.foreign_keys
    assert table.autoincrement_column is None or table.autoincrement_column.server_default is None
    assert all(column.identity is None for column in table.columns)
