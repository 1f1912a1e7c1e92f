"""Statements that are planned once for each connection."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.orm import Session

from plumbing.database import Transactions
from plumbing.prepared import Prepared

SUM = Prepared("SELECT CAST(:one AS bigint) + :two::bigint * 10 AS sum", one="integer", two="text")
COUNT = text("SELECT count(*) FROM pg_prepared_statements WHERE name = :name")


def prepared(session: Session, statement: Prepared) -> int:
    return int(session.execute(COUNT, {"name": statement.name}).scalar_one())


def test_parameters_go_where_their_names_stand(database: Transactions) -> None:
    with database.reading() as session:
        assert SUM.run(session, two="4", one=2).scalar_one() == 42


def test_it_is_prepared_once_for_a_connection_and_outlives_a_rollback(database: Transactions) -> None:
    with database.reading() as session:
        assert prepared(session, SUM) == 0
        SUM.run(session, one=1, two="1")
        session.rollback()
        SUM.run(session, one=1, two="1")
        assert prepared(session, SUM) == 1


def test_a_new_connection_prepares_it_again(database: Transactions, engine: Engine) -> None:
    with engine.connect() as operator:
        with database.reading() as session:
            SUM.run(session, one=1, two="1")
            pid = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
        operator.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
    with database.reading() as session:
        assert SUM.run(session, one=2, two="0").scalar_one() == 2


def test_a_changed_table_is_planned_for_anew(database: Transactions, engine: Engine) -> None:
    count = Prepared("SELECT count(*) AS count FROM outbox WHERE version >= :least", least="bigint")
    with database.reading() as session:
        assert count.run(session, least=0).scalar_one() == 0
        session.rollback()
        with engine.begin() as operator:
            operator.execute(text("ALTER TABLE outbox ADD COLUMN added_by_a_test boolean NOT NULL DEFAULT false"))
        assert count.run(session, least=0).scalar_one() == 0
    with engine.begin() as operator:
        operator.execute(text("ALTER TABLE outbox DROP COLUMN added_by_a_test"))


def test_values_are_values(database: Transactions) -> None:
    echo = Prepared("SELECT :said AS said", said="text")
    with database.reading() as session:
        for said in ("'); DROP TABLE outbox; --", "100% $1 :said", "ñ \\ \" '"):
            assert echo.run(session, said=said).scalar_one() == said


def test_a_value_of_another_type_is_refused(database: Transactions) -> None:
    with database.reading() as session, pytest.raises(DBAPIError):
        SUM.run(session, one="one", two="1")


def test_a_missing_value_is_refused(database: Transactions) -> None:
    with database.reading() as session, pytest.raises(SQLAlchemyError):
        SUM.run(session, one=1)
