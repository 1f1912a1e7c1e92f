"""The service's own database: limits, and what a lost connection does."""

from __future__ import annotations

from typing import Any

import eventlet
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.orm import DeclarativeBase

from contracts.base import Unavailable
from plumbing import database as module
from plumbing import readiness
from plumbing.database import Database, Transactions, new_engine, server_now, transactions
from plumbing.rpc import rpc
from tests.plumbing.waiting import until


class Base(DeclarativeBase):
    pass


@pytest.fixture
def table(engine: Engine) -> Any:
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE notes (said text)"))
    yield
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE notes"))


def said(database: Transactions) -> list[str]:
    with database.reading() as session:
        return list(session.execute(text("SELECT said FROM notes ORDER BY 1")).scalars())


def say(session: Any, what: str) -> None:
    session.execute(text("INSERT INTO notes VALUES (:what)"), {"what": what})


@pytest.mark.usefixtures("table")
class TestTransactions:
    def test_block_commits_at_its_end(self, database: Transactions) -> None:
        with database.transaction() as session:
            say(session, "a")
        assert said(database) == ["a"]

    def test_block_that_raises_rolls_back(self, database: Transactions) -> None:
        with pytest.raises(RuntimeError), database.transaction() as session:
            say(session, "a")
            raise RuntimeError
        assert said(database) == []

    def test_reading_keeps_nothing(self, database: Transactions) -> None:
        with database.reading() as session:
            say(session, "a")
        assert said(database) == []

    def test_killed_greenlet_rolls_back_and_gives_its_connection_back(
        self, database: Transactions, engine: Engine
    ) -> None:
        begun: list[bool] = []

        def hang() -> None:
            with database.transaction() as session:
                say(session, "a")
                begun.append(True)
                eventlet.sleep(60)

        hanging = [eventlet.spawn(hang) for _ in range(engine.pool.size())]
        until(lambda: len(begun) == len(hanging))
        for each in hanging:
            each.kill()
        assert said(database) == []


class TestLimits:
    def test_statement_that_takes_too_long_is_cut_off(
        self, scratch_database: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "STATEMENT_TIMEOUT_MS", 100)
        with pytest.raises(DBAPIError, match="statement timeout"), transactions(scratch_database).reading() as session:
            session.execute(text("SELECT pg_sleep(5)"))

    def test_lock_that_takes_too_long_is_given_up(
        self, scratch_database: str, monkeypatch: pytest.MonkeyPatch, database: Transactions
    ) -> None:
        monkeypatch.setattr(module, "LOCK_TIMEOUT_MS", 100)
        other = transactions(scratch_database)
        with database.transaction() as holder:
            holder.execute(text("LOCK TABLE inbox"))
            with pytest.raises(DBAPIError, match="lock timeout"), other.transaction() as session:
                session.execute(text("LOCK TABLE inbox"))

    def test_pool_has_an_end_and_says_so_soon(self, scratch_database: str) -> None:
        engine = new_engine(scratch_database, pool_size=1)
        with engine.connect(), pytest.raises(PoolExhausted):
            engine.connect()
        engine.dispose()

    def test_greenlets_wait_beside_each_other(self, scratch_database: str) -> None:
        engine = new_engine(scratch_database, pool_size=10)

        def nap() -> int:
            with engine.connect() as connection:
                connection.execute(text("SELECT pg_sleep(0.3)"))
            return 1

        with eventlet.Timeout(2):
            assert sum(each.wait() for each in [eventlet.spawn(nap) for _ in range(10)]) == 10
        engine.dispose()

    def test_time_is_the_servers_and_utc(self, database: Transactions) -> None:
        with database.reading() as session:
            assert server_now(session).utcoffset().total_seconds() == 0

    def test_failed_statement_does_not_show_its_parameters(self, database: Transactions) -> None:
        with pytest.raises(DBAPIError) as told, database.reading() as session:
            session.execute(text("SELECT 1 / 0, CAST(:private AS text)"), {"private": "my secret"})
        assert "my secret" not in str(told.value)


class TestLoss:
    def test_next_transaction_works_after_all_connections_were_ended(
        self, database: Transactions, engine: Engine
    ) -> None:
        open_ones = [engine.connect() for _ in range(3)]
        for each in open_ones:
            each.close()
        others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        with engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            connection.execute(text(f"SELECT pg_terminate_backend(pid) {others}"))  # noqa: S608
            until(lambda: not connection.execute(text(f"SELECT count(*) {others}")).scalar())  # noqa: S608
        for _ in range(5):
            with database.transaction() as session:
                assert session.execute(text("SELECT 1")).scalar_one() == 1

    def test_transaction_whose_connection_is_ended_fails_and_the_next_works(self, database: Transactions) -> None:
        with pytest.raises(DBAPIError), database.transaction() as session:
            session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
        with database.transaction() as session:
            assert session.execute(text("SELECT 1")).scalar_one() == 1

    def test_service_goes_on_after_its_database_was_away(
        self, name: str, run_service: Any, call: Any, wires: Any, scratch_database: str, environment: Any
    ) -> None:
        class Service:
            db = Database(Base)

            @rpc
            def get_one(self) -> int:
                with self.db.transaction() as session:
                    return session.execute(text("SELECT 1")).scalar_one()

        Service.name = name
        wire, url = wires(scratch_database)
        environment(DATABASE_URL=url)
        run_service(Service)
        check = f"database:{name}"
        assert call("get_one") == 1
        assert readiness.report()[1][check] == "ok"
        wire.cut()
        with pytest.raises(Unavailable) as told:
            call("get_one")
        assert told.value.code == "database_away"
        assert "OperationalError" in readiness.report()[1][check]
        wire.mend()
        assert call("get_one") == 1
        assert readiness.report()[1][check] == "ok"
