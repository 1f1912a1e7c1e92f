"""The tables that migrations make are those that the models describe."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from plumbing.database import new_engine
from plumbing.settings import Settings
from svc_media.models import Base


def test_the_migrations_make_what_the_models_say(configured: Settings) -> None:
    engine = new_engine(configured.database_url, pool_size=1)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    engine.dispose()
