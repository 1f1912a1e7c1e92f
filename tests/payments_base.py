"""What the tests of svc_payments's rooms share: a ledger of their own, a way to rewrite its history, and a sandbox."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, NullPool, create_engine, delete, text, update

from plumbing.database import Transactions
from svc_payments.ledger.checking import check
from svc_payments.models import BalanceCheckpoint, Base, LedgerEntry, LedgerTransaction
from tests.services import in_database
from tests.svc_payments_provider.sandbox_process import Receiver, Sandbox


class Owner:
    """The operator in the tests' database, for whom no trigger fires: what the service itself can never do."""

    def __init__(self, ops: Mapping[str, str], database_url: str) -> None:
        self._engine: Engine = create_engine(in_database(ops, database_url), poolclass=NullPool)

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """Yield a transaction that may change everything."""
        with self._engine.begin() as connection:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            yield connection

    @contextmanager
    def maintaining(self) -> Iterator[Connection]:
        """Yield a connection without a transaction."""
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            yield connection

    def empty(self) -> None:
        """Delete all rows."""
        # Far quicker than TRUNCATE where a test leaves a few rows.
        emptied = "; ".join(f"DELETE FROM {table.name}" for table in Base.metadata.sorted_tables)  # noqa: S608
        with self.connection() as connection:
            connection.execute(text(emptied))

    def age(self, by: timedelta, transaction_id: str | None = None) -> None:
        """Make the ledger, or one transaction of it, older."""
        posted, entry = LedgerTransaction, LedgerEntry
        older: Any = update(posted).values(
            at=posted.at - by, access_from=posted.access_from - by, access_until=posted.access_until - by
        )
        entries: Any = update(entry).values(at=entry.at - by, available_at=entry.available_at - by)
        if transaction_id is not None:
            older = older.where(posted.id == transaction_id)
            entries = entries.where(entry.transaction_id == transaction_id)
        with self.connection() as connection:
            for statement in (older, entries, delete(BalanceCheckpoint)):
                connection.execute(statement)


def right(db: Transactions) -> None:
    """Demand that the whole ledger is right."""
    with db.reading() as session:
        assert check(session) == []


@pytest.fixture(scope="session")
def receiver() -> Iterator[Receiver]:
    """Takes the sandbox's messages."""
    found = Receiver()
    yield found
    found.close()


@pytest.fixture(scope="session")
def running(receiver: Receiver, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """The sandbox's process."""
    found = Sandbox(tmp_path_factory.mktemp("sandbox"), receiver.url)
    found.start()
    yield found
    found.stop()


@pytest.fixture
def sandbox(running: Sandbox) -> Iterator[Sandbox]:
    """The sandbox, without any trouble left by or for others."""
    yield running
    running.control("calm")
