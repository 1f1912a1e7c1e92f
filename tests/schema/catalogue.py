"""What PostgreSQL's catalogue says of a service's real, migrated database."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg2

from stack.running import load

if TYPE_CHECKING:
    from collections.abc import Iterator

_TABLES = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
_KEYS = """
SELECT t.relname, i.relname, array_agg(a.attname ORDER BY k.place)
FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
CROSS JOIN LATERAL unnest(x.indkey::int[]) WITH ORDINALITY AS k(number, place)
LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number
WHERE x.indisunique AND t.relnamespace = 'public'::regnamespace GROUP BY 1, 2
"""
_FOREIGN = """
SELECT conrelid::regclass::text, confrelid::regclass::text,
  (SELECT array_agg(attname ORDER BY p.place) FROM unnest(conkey) WITH ORDINALITY AS p(number, place)
     JOIN pg_attribute ON attrelid = conrelid AND attnum = p.number),
  (SELECT array_agg(attname ORDER BY p.place) FROM unnest(confkey) WITH ORDINALITY AS p(number, place)
     JOIN pg_attribute ON attrelid = confrelid AND attnum = p.number)
FROM pg_constraint WHERE contype = 'f'
"""
_COUNTERS = """
SELECT relname FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace
UNION ALL SELECT table_name || '.' || column_name FROM information_schema.columns
WHERE table_schema = 'public' AND (is_identity = 'YES' OR column_default LIKE 'nextval%')
"""
# Whatever would let one database read another's.
_WAYS_OUT = """
SELECT 'extension ' || extname FROM pg_extension WHERE extname NOT IN ('plpgsql', 'unaccent')
UNION ALL SELECT 'server ' || srvname FROM pg_foreign_server
UNION ALL SELECT 'foreign table ' || relname FROM pg_class WHERE relkind = 'f'
UNION ALL SELECT 'view ' || relname FROM pg_class
  WHERE relkind IN ('v', 'm') AND relnamespace = 'public'::regnamespace
UNION ALL SELECT 'subscription ' || subname FROM pg_subscription
"""


class Catalogue:
    """A service's database, read.

    Attributes:
        tables: the names of its tables.
        keys: (table, index, its columns) of every primary and unique key; None stands for an expression.
        foreign: (table, other table, columns, the other's columns) of every foreign key.
        counters: sequences, and columns that count by themselves.
        ways_out: what would reach another database.
        nullable: columns, as `table.column`, that may hold NULL.
    """

    def __init__(self, cursor: Any) -> None:
        self.tables = {name for (name,) in _rows(cursor, _TABLES)}
        self.keys = [(table, index, list(columns)) for table, index, columns in _rows(cursor, _KEYS)]
        self.foreign = _rows(cursor, _FOREIGN)
        self.counters = [name for (name,) in _rows(cursor, _COUNTERS)]
        self.ways_out = [name for (name,) in _rows(cursor, _WAYS_OUT)]
        nullable = "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE is_nullable = 'YES'"
        self.nullable = {name for (name,) in _rows(cursor, nullable)}


def _rows(cursor: Any, statement: str) -> list[Any]:
    cursor.execute(statement)
    return cursor.fetchall()


@contextmanager
def cursor_in(service: str) -> Iterator[Any]:
    """Gives a cursor in the service's database, whose transaction is undone afterwards."""
    address = load(os.environ.get("CHARLA_RUN_DIR")).env("ops")["DATABASE_URL"]
    address = address.replace("postgresql+psycopg2", "postgresql").rpartition("/")[0]
    connection = psycopg2.connect(f"{address}/{service}")
    try:
        with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.rollback()
        connection.close()
