"""Statements of the hot paths, planned once for each connection instead of at each execution.

PostgreSQL plans a statement with some joins in about a millisecond, and then runs it in a quarter of that.
psycopg2 leaves preparing to SQL, so this says PREPARE at a connection's first use and EXECUTE from then on.
The plan is a generic one (`plan_cache_mode` in `plumbing.database`); the server makes it anew after a
migration. A pooler between service and server has to keep a session on its connection.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

from sqlalchemy import Connection, Result, text
from sqlalchemy.orm import Session

_PARAMETER = re.compile(r"(?<!:):([a-z_]+)\b")
_DONE = "charla_prepared"


class Prepared:
    """One statement.

    Args:
        sql: With parameters such as `:rows`; without a percent sign.
        types: The PostgreSQL type of each parameter.
    """

    def __init__(self, sql: str, **types: str) -> None:
        numbers = {name: f"${number}" for number, name in enumerate(types, 1)}
        body = _PARAMETER.sub(lambda match: numbers[match.group(1)], sql)
        self.name = f"p_{hashlib.sha256(f'{sql}{types}'.encode()).hexdigest()[:16]}"
        self._declared = f" ({', '.join(types.values())})" if types else ""
        self._prepare = f"PREPARE {self.name}{self._declared} AS {body}"
        given = f"({', '.join(f':{name}' for name in types)})" if types else ""
        self._execute = text(f"EXECUTE {self.name}{given}")

    def run(self, where: Session | Connection, **values: Any) -> Result[Any]:
        """Execute it in a session or on a connection with `values` for its parameters."""
        connection = where.connection() if isinstance(where, Session) else where
        done: set[str] = connection.info.setdefault(_DONE, set())
        if self.name not in done:
            connection.exec_driver_sql(self._prepare)
            done.add(self.name)
        return where.execute(self._execute, values)
