"""Which statements no index helps: `CHARLA_RUN_DIR=… python -m bench.plans --collect`, then load, then without it.

`--collect` turns PostgreSQL's `pg_stat_statements` on in a running stack of one's own, which restarts its server. After
the load (`./charla drill`, the tests of a service against the same server) each statement is planned once more, with
unknown arguments and sequential scans made as dear as possible: what still reads a whole table, or a whole index, has
no index that could help. Such plans do not depend on how much there is in the tables: nothing has to be filled.

A partial index is not taken where its condition is an argument, which it is not when psycopg2 sends it: those that a
table has are named beside, for whoever judges.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import Any

import psycopg2
import psycopg2.extensions

from stack import running, topology
from stack.postgres import connect
from stack.rundir import RunDir

#: What PostgreSQL adds to the cost of a plan that was forbidden.
_FORBIDDEN = 1e9
_WORDS = re.compile(r"\s*(WITH|SELECT|UPDATE|DELETE|INSERT)\b", re.IGNORECASE)
_SHOWN = 400
_PLANNING = "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET statement_timeout = '5s'"
_STATEMENTS = """
SELECT s.query, sum(s.calls)::bigint FROM pg_stat_statements s JOIN pg_roles r ON r.oid = s.userid
WHERE r.rolname <> current_user GROUP BY 1
"""
_PARTIAL = """
SELECT c.relname, pg_get_expr(i.indpred, i.indrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = to_regclass(%s) AND i.indpred IS NOT NULL
"""


@dataclass(frozen=True)
class Reading:
    """A table that a statement reads from one end to the other, and the index in whose order, if any."""

    table: str
    index: str = ""


def shape(query: str) -> str:
    """Return a statement without its arguments: two with lists of different lengths have the same."""
    bare = re.sub(r"\$\d+(::\w+)?", "?", query)
    return re.sub(r"\(\?(, ?\?)*\)(, ?\(\?(, ?\?)*\))*", "(?)", bare)


def preparable(query: str) -> str:
    """Return a normalised statement as PREPARE takes it: `interval $1` is none."""
    return re.sub(r"\binterval (\$\d+)", r"\1::interval", query, flags=re.IGNORECASE)


def readings(plan: dict[str, Any]) -> Iterator[Reading]:
    """Yield what a plan, made without sequential scans where there is another way, reads whole."""
    kind = plan["Node Type"]
    if kind == "Seq Scan" and plan["Total Cost"] >= _FORBIDDEN:
        yield Reading(plan["Relation Name"])
    elif kind in ("Index Scan", "Index Only Scan") and "Index Cond" not in plan:
        yield Reading(plan["Relation Name"], plan["Index Name"])
    for part in plan.get("Plans", []):
        yield from readings(part)


def collect(run: RunDir) -> None:
    """Turn the collecting on, and begin anew."""
    stack = running.load(run.path)
    with closing(connect(run, stack.ports)) as database, database.cursor() as cursor:
        database.autocommit = True
        cursor.execute("ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'")
    stack.restart("postgres")
    stack.wait_until_ready()
    with closing(connect(run, stack.ports)) as database, database, database.cursor() as cursor:
        cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        cursor.execute("SELECT pg_stat_statements_reset()")


def report(run: RunDir) -> None:
    """Print each statement that reads something whole, by how often it was asked."""
    ports = running.load(run.path).ports
    with closing(connect(run, ports)) as database, database.cursor() as cursor:
        cursor.execute(_STATEMENTS)
        asked = {shape(query): (query, calls) for query, calls in cursor.fetchall() if _WORDS.match(query)}
    planned, found = 0, []
    with ExitStack() as opened:
        services = {name: opened.enter_context(closing(connect(run, ports, name))) for name in topology.SERVICES}
        for query, calls in asked.values():
            service, plan = _plan(services, query)
            planned += plan is not None
            for each in readings(plan or {"Node Type": ""}):
                found.append((calls, service, each, _partial(services[service], each.table), query))
    for calls, service, each, partial, query in sorted(found, key=lambda row: -row[0]):
        way = f"{service}.{each.table} {each.index or 'no index'}"
        print(f"{way}; {calls} calls; partial: {', '.join(partial) or 'none'}")
        print(f"    {' '.join(query.split())[:_SHOWN]}")
    print(f"{len(asked)} statements, {planned} planned, {len(found)} readings of something whole")


def _plan(services: dict[str, psycopg2.extensions.connection], query: str) -> tuple[str, dict[str, Any] | None]:
    """Return the service that has the statement's tables, and the plan there."""
    numbers = [int(number) for number in re.findall(r"\$(\d+)", query)]
    unknown = f"({', '.join(['NULL'] * max(numbers))})" if numbers else ""
    for service, database in services.items():
        try:
            with database, database.cursor() as cursor:
                cursor.execute(_PLANNING)
                cursor.execute(f"DEALLOCATE ALL; PREPARE asked AS {preparable(query)}")
                cursor.execute(f"EXPLAIN (FORMAT JSON) EXECUTE asked{unknown}")
                ((found,),) = cursor.fetchall()
                return service, found[0]["Plan"]
        except psycopg2.Error:
            continue
    return "", None


def _partial(database: psycopg2.extensions.connection, table: str) -> list[str]:
    with database, database.cursor() as cursor:
        cursor.execute(_PARTIAL, [table])
        return [f"{name} {condition}" for name, condition in cursor.fetchall()]


def main() -> int:
    """Collect or report."""
    parser = argparse.ArgumentParser(prog="python -m bench.plans", description="Show statements that no index helps.")
    parser.add_argument("--collect", action="store_true", help="begin to collect; restarts the stack's PostgreSQL")
    run = RunDir.current()
    collect(run) if parser.parse_args().collect else report(run)
    return 0


if __name__ == "__main__":
    sys.exit(main())
