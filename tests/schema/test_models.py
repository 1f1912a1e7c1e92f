"""The tables that migrations make are those that the models describe."""

from __future__ import annotations

import importlib
from contextlib import closing

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from stack.postgres import connect
from stack.rundir import ROOT, RunDir
from stack.running import load
from stack.topology import SERVICES

pytestmark = pytest.mark.stack


@pytest.mark.parametrize("service", SERVICES)
def test_migrations_make_what_the_models_say(service: str) -> None:
    for file in (ROOT / f"svc_{service}").glob("*_models.py"):
        importlib.import_module(f"svc_{service}.{file.stem}")
    base = importlib.import_module(f"svc_{service}.models").Base
    with closing(connect(RunDir.current(), load().ports, service)) as raw:
        engine = create_engine("postgresql+psycopg2://", creator=lambda: raw)
        with engine.connect() as connection:
            assert compare_metadata(MigrationContext.configure(connection), base.metadata) == []
