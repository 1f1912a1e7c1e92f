"""How much disk each thing takes: `CHARLA_RUN_DIR=… python -m bench.growth FILE.json`.

Real rows of the running stack are copied many times, each with fresh keys, into tables that have the same columns and
indexes and are dropped afterwards; then PostgreSQL says how large they are. So a row is as wide as the stack's own
are, and a curve over the number of rows shows whether the cost of one stays the same. A table without a row is left
out: run `./charla test tests/e2e` or the bench against the stack first.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg2

from stack.running import load

POINTS = (2_000, 6_000, 20_000)
_SAMPLE = 200
# How a key is made fresh, from the row's number `n`: ids in the order of their time, people at random, the next number.
_NEXT = (
    "lpad(to_hex(1764000000000 + n * 50), 12, '0') || '7' || substr(md5('a' || n), 1, 3)"
    " || '8' || substr(md5('b' || n), 1, 15)"
)
_FRESH = {
    "id": f"(({_NEXT})::uuid)::text",
    "person": "(md5('p' || n)::uuid)::text",
    "text": "left('k' || md5('t' || n), 20)",
    "hash": r"'\x' || encode(sha256(('h' || n)::bytea), 'hex')",
    "n": "n",
}
#: Service -> table -> which of its columns are fresh in each row.
TABLES: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    "auth": {
        "users": {"user_id": "person"},
        "usernames": {"username_key": "text"},
        "name_words": {"user_id": "person"},
        "sessions": {"user_id": "person", "session_id": "id"},
        "refresh_tokens": {"user_id": "person", "session_id": "id", "token_hash": "hash"},
        "audit_entries": {"user_id": "person", "audit_id": "id"},
    },
    "messaging": {
        "conversations": {"id": "id"},
        "members": {"conversation_id": "id", "user_id": "person"},
        "messages": {"seq": "n", "ver": "n", "id": "id", "client_msg_id": "text"},
        "message_search": {"message_id": "id"},
        "reactions": {"message_id": "id", "user_id": "person"},
        "changes": {"ver": "n"},
        "payment_messages": {"subject_id": "id"},
    },
    "subscriptions": {
        "channels": {"id": "id"},
        "subscriptions": {"user_id": "person"},
        "posts": {"seq": "n", "id": "id", "client_post_id": "text"},
        "channel_log": {"seq": "n"},
        "post_views": {"post_id": "id", "user_id": "person"},
        "notifications": {"user_id": "person", "id": "id", "source_key": "text"},
        "pushes": {"user_id": "person", "id": "id", "notification_id": "id"},
    },
    "media": {
        "media": {"id": "id"},
        "variants": {"media_id": "id"},
        "blobs": {"sha256": "hash"},
        "holdings": {"sha256": "hash"},
        "attachments": {"media_id": "id", "carrier_id": "id"},
    },
    "payments": {
        "payments": {"id": "id"},
        "ledger_transactions": {"id": "id"},
        "ledger_entries": {"transaction_id": "id"},
        "idempotent_calls": {"key": "text"},
    },
    "ads": {"decisions": {"decision_id": "id"}, "billed_views": {"decision_id": "id"}, "clicks": {"decision_id": "id"}},
}


@contextmanager
def _tables(service: str) -> Iterator[Any]:
    """Gives a cursor in a service's database with a place for copies, which goes afterwards."""
    address = load(os.environ.get("CHARLA_RUN_DIR")).env("ops")["DATABASE_URL"].replace("+psycopg2", "")
    with closing(psycopg2.connect(f"{address.rpartition('/')[0]}/{service}")) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SET synchronous_commit = off; DROP SCHEMA IF EXISTS growth CASCADE; CREATE SCHEMA growth")
            try:
                yield cursor
            finally:
                cursor.execute("DROP SCHEMA growth CASCADE")


def measure(cursor: Any, table: str, fresh: Mapping[str, str]) -> list[dict[str, int]]:
    """Returns rows, and bytes of the table and of its indexes, at each point; nothing where there is no row to copy."""
    some = f"SELECT 1 FROM public.{table} LIMIT {_SAMPLE}"  # noqa: S608 - names of ours
    cursor.execute(f"SELECT count(*) FROM ({some}) AS chosen")  # noqa: S608
    there = cursor.fetchone()[0]
    if not there:
        return []
    cursor.execute(f"CREATE TABLE growth.{table} (LIKE public.{table} INCLUDING ALL)")
    found, done = [], 0
    for rows in POINTS:
        cursor.execute(_filling(table, fresh), {"first": done + 1, "last": rows, "there": there})
        cursor.execute(f"VACUUM ANALYZE growth.{table}")
        sizes = "SELECT pg_table_size(%(name)s), pg_indexes_size(%(name)s), count(*) FROM "
        cursor.execute(f"{sizes} growth.{table}", {"name": f"growth.{table}"})
        heap, indexes, stored = cursor.fetchone()
        found.append({"rows": stored, "table": heap, "indexes": indexes})
        done = rows
    cursor.execute(f"DROP TABLE growth.{table}")
    return found


def _filling(table: str, fresh: Mapping[str, str]) -> str:
    keys = ", ".join(f"'{column}', {_FRESH[how]}" for column, how in fresh.items())
    return (
        f"INSERT INTO growth.{table} SELECT (filled).* FROM ("  # noqa: S608 - names of ours
        f"SELECT jsonb_populate_record(NULL::growth.{table}, sample.doc || jsonb_build_object({keys})) AS filled "
        "FROM generate_series(%(first)s, %(last)s) AS n "
        "JOIN (SELECT row_number() OVER () - 1 AS place, to_jsonb(one) AS doc "
        f"FROM (SELECT * FROM public.{table} LIMIT {_SAMPLE}) AS one) AS sample "
        "ON sample.place = n %% %(there)s) AS made ON CONFLICT DO NOTHING"
    )


def _words(point: dict[str, int] | None) -> str:
    if point is None:
        return "no row to copy"
    return f"{(point['table'] + point['indexes']) / point['rows']:8.0f} bytes a row"


def main(path: str) -> None:
    """Measures all of them, prints bytes a row, and writes the curves."""
    found: dict[str, Any] = {}
    for service, tables in TABLES.items():
        with _tables(service) as cursor:
            for table, fresh in tables.items():
                points = measure(cursor, table, fresh)
                found[f"{service}.{table}"] = points
                last = points[-1] if points else None
                sys.stdout.write(f"{service}.{table:24} {_words(last)}\n")
                sys.stdout.flush()
                Path(path).write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else os.devnull)
