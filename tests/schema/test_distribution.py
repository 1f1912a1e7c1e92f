"""A distributed PostgreSQL can take over: every table of the running stack keeps DESIGN.md's schema rules."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from catalogue import Catalogue, cursor_in
from distribution import By, Exempt, of

from stack.topology import SERVICES

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module", params=SERVICES)
def service(request: pytest.FixtureRequest) -> str:
    """Each service."""
    return request.param


@pytest.fixture(scope="module")
def catalogue(service: str) -> Iterator[Catalogue]:
    """What its database looks like."""
    with cursor_in(service) as cursor:
        yield Catalogue(cursor)


def _spread(service: str) -> dict[str, By]:
    return {name: each for name, each in of(service).items() if isinstance(each, By)}


def test_every_table_is_in_the_list(service: str, catalogue: Catalogue) -> None:
    assert catalogue.tables == set(of(service)), "tests/schema/distribution.py says by what each table is spread"


def test_the_column_leads_every_key(service: str, catalogue: Catalogue) -> None:
    spread = _spread(service)
    assert not [key for key in catalogue.keys if key[0] in spread and key[2][0] != spread[key[0]].column]
    assert {table for table, _index, _columns in catalogue.keys} == catalogue.tables, "a table without a key"
    assert not {f"{name}.{each.column}" for name, each in spread.items()} & catalogue.nullable


def test_an_exemption_is_needed_and_has_a_reason(service: str, catalogue: Catalogue) -> None:
    exempt = {name: each for name, each in of(service).items() if isinstance(each, Exempt)}
    assert all(each.reason for each in exempt.values())
    assert len([name for name in exempt if service != "payments"]) <= 3


def test_foreign_keys_stay_on_a_node(service: str, catalogue: Catalogue) -> None:
    known = of(service)
    for table, other, columns, others in catalogue.foreign:
        mine, theirs = known[table], known[other]
        if isinstance(mine, Exempt) and isinstance(theirs, Exempt):
            assert mine == theirs, f"{table} -> {other}"
            continue
        assert isinstance(mine, By) and isinstance(theirs, By), f"{table} -> {other}"
        assert (mine.column, theirs.column) in set(zip(columns, others, strict=True)), f"{table} -> {other}"


def test_nothing_counts_for_all_nodes(catalogue: Catalogue) -> None:
    assert catalogue.counters == []


def test_no_database_reaches_into_another(catalogue: Catalogue) -> None:
    assert catalogue.ways_out == []


def test_postgresql_itself_can_spread_every_table(service: str) -> None:
    """Makes each table anew, empty and in parts by the hash of its column: keys that cannot hold then are refused."""
    with cursor_in(service) as cursor:
        cursor.execute("CREATE SCHEMA spread")
        for table, by in sorted(_spread(service).items()):
            _make_in_parts(cursor, table, by.column)
        cursor.execute("SELECT count(*) FROM pg_inherits WHERE inhparent::regclass::text LIKE 'spread.%'")
        assert cursor.fetchone()[0] >= 2 * len(_spread(service))


def _make_in_parts(cursor: Any, table: str, column: str) -> None:
    cursor.execute(f"CREATE TABLE spread.{table} (LIKE public.{table} INCLUDING ALL) PARTITION BY HASH ({column})")
    for part in range(2):
        bounds = f"FOR VALUES WITH (MODULUS 2, REMAINDER {part})"
        cursor.execute(f"CREATE TABLE spread.{table}_{part} PARTITION OF spread.{table} {bounds}")


def test_postgresql_refuses_what_cannot_be_spread() -> None:
    import psycopg2  # noqa: PLC0415

    with cursor_in("messaging") as cursor, pytest.raises(psycopg2.Error, match="partition"):
        cursor.execute("CREATE SCHEMA spread")
        _make_in_parts(cursor, "messages", "text")
