"""What each migration sends to PostgreSQL, without one: Alembic writes it down instead."""

from __future__ import annotations

import io
import re
from functools import cache
from pathlib import Path

from alembic.config import Config
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

ROOT = Path(__file__).parents[2]


@cache
def statements(service: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Returns (revision, its statements) of a service, from the first to the last."""
    scripts = ScriptDirectory.from_config(Config(str(ROOT / f"svc_{service}" / "alembic.ini")))
    found = []
    for script in reversed(list(scripts.walk_revisions())):
        written = io.StringIO()
        context = MigrationContext.configure(
            dialect_name="postgresql", opts={"as_sql": True, "output_buffer": written, "literal_binds": True}
        )
        with Operations.context(context), context.begin_transaction():
            script.module.upgrade()
        found.append((script.revision, tuple(_split(written.getvalue()))))
    return tuple(found)


def _split(text: str) -> list[str]:
    """Splits at semicolons that end a line, save those inside a function's body."""
    parts, inside, current = [], False, ""
    for line in text.splitlines():
        current += line + "\n"
        if len(re.findall(r"\$[a-z]*\$", line)) % 2:
            inside = not inside
        if line.rstrip().endswith(";") and not inside:
            parts.append(" ".join(current.split()).rstrip("; "))
            current = ""
    return [each for each in (*parts, " ".join(current.split())) if each and each not in ("BEGIN", "COMMIT")]
