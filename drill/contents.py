"""What every table of every database holds, as a digest each, at one moment of all of them."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from typing import Any

#: Returns a connection to a database by its name.
Connect = Callable[[str], Any]
Digests = dict[tuple[str, str], str]

_TABLES = """
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind = 'r' AND c.relpersistence = 'p' ORDER BY 1
"""
_DIGEST = (
    """SELECT count(*) || ' ' || coalesce(md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))), '') FROM "{}" t"""
)


@contextmanager
def snapshots(connect: Connect, databases: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Give a cursor for each database, which goes on seeing what it holds now."""
    with ExitStack() as open_ones:
        found = {}
        for name in databases:
            connection = open_ones.enter_context(closing(connect(name)))
            connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
            found[name] = connection.cursor()
            found[name].execute("SELECT 1")
        yield found


def digests(cursors: dict[str, Any]) -> Digests:
    """Return each table's number of rows and digest, by database and table."""
    found = {}
    for database, cursor in cursors.items():
        # Everywhere the same words for a moment, whatever the server's settings are.
        cursor.execute("SET LOCAL timezone = 'UTC'")
        cursor.execute(_TABLES)
        for (table,) in cursor.fetchall():
            cursor.execute(_DIGEST.format(table))
            found[database, table] = str(cursor.fetchone()[0])
    return found


@contextmanager
def held(pids: Sequence[int]) -> Iterator[None]:
    """Keep processes, with all of their groups, from doing anything inside the block."""
    groups = {os.getpgid(pid) for pid in pids}
    try:
        for each in groups:
            os.killpg(each, signal.SIGSTOP)
        yield
    finally:
        for each in groups:
            os.killpg(each, signal.SIGCONT)
