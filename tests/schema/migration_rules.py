"""What a migration may not send to tables that people use: what locks or rewrites them, or breaks older programs.

Tables that the same migration makes are free: nobody reads them yet. Brief locks are waited for no longer than
`lock_timeout` (plumbing/migrate.py), and the migration fails rather than hold everybody up.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

_VOLATILE = r"(now|clock_timestamp|random|gen_random_uuid|uuid_generate_v\d|nextval)\s*\("
# Rule -> (what it finds, why it is one). `{table}` is the table's place in a statement.
RULES: dict[str, tuple[str, str]] = {
    "index-locks": (
        r"CREATE (UNIQUE )?INDEX (?!CONCURRENTLY).* ON (ONLY )?(?P<table>\w+)",
        "nobody writes while it is built: CONCURRENTLY",
    ),
    "index-dropped": (
        r"DROP INDEX (?!CONCURRENTLY)",
        "waits for every reader, and holds those behind it: CONCURRENTLY",
    ),
    "column-without-default": (
        r"ALTER TABLE (?P<table>\w+) ADD COLUMN (?!.*DEFAULT).*NOT NULL",
        "fails where there are rows, and for programs that do not know it: a default, or NULL at first",
    ),
    "volatile-default": (
        rf"ALTER TABLE (?P<table>\w+) ADD COLUMN .*DEFAULT .*{_VOLATILE}",
        "rewrites the table: no default at first, then in batches",
    ),
    "generated": (
        r"ALTER TABLE (?P<table>\w+) ADD COLUMN .*(GENERATED ALWAYS AS|IDENTITY|SERIAL)",
        "rewrites the table",
    ),
    "type-changed": (
        r"ALTER TABLE (?P<table>\w+) ALTER COLUMN \w+ (SET DATA )?TYPE",
        "rewrites the table: a new column beside it",
    ),
    "not-null": (
        r"ALTER TABLE (?P<table>\w+) ALTER COLUMN \w+ SET NOT NULL",
        "reads the whole table under its lock: a CHECK, NOT VALID, then validated",
    ),
    "constraint-checked": (
        r"ALTER TABLE (?P<table>\w+) ADD (CONSTRAINT \w+ )?(CHECK|FOREIGN KEY)(?!.*NOT VALID)",
        "reads the whole table under its lock: NOT VALID, and VALIDATE in a later migration",
    ),
    "key-built": (
        r"ALTER TABLE (?P<table>\w+) ADD (CONSTRAINT \w+ )?(PRIMARY KEY|UNIQUE|EXCLUDE)(?! USING INDEX)",
        "builds an index under the table's lock: build it CONCURRENTLY, then USING INDEX",
    ),
    "taken-away": (
        r"(ALTER TABLE (?P<table>\w+) DROP (COLUMN )?(?!CONSTRAINT|COLUMN)\w+|DROP TABLE |TRUNCATE )",
        "programs of the last version use it: a release later",
    ),
    "renamed": (r"ALTER (TABLE|INDEX|SEQUENCE) .*RENAME", "programs of the last version call it by its old name"),
    "whole-table": (
        r"(UPDATE (?P<table>\w+) SET|DELETE FROM \w+|INSERT INTO \w+ .*SELECT .*FROM)",
        "holds its rows' locks until all are done: a job, in batches",
    ),
    "locked": (r"(LOCK TABLE|VACUUM FULL|CLUSTER|REINDEX (?!.*CONCURRENTLY))", "nobody reads meanwhile"),
    "sequence": (
        r".*(CREATE SEQUENCE|\b(BIG|SMALL)?SERIAL\b|AS IDENTITY)",
        "one counter for all nodes: use UUIDv7",
    ),
}


class Finding(NamedTuple):
    """A rule that a statement breaks."""

    service: str
    revision: str
    rule: str
    statement: str


def findings(service: str, revision: str, statements: Iterable[str]) -> list[Finding]:
    """Returns what a migration does that it should not."""
    said = list(statements)
    fresh = {name for each in said for name in re.findall(r"^CREATE TABLE (?:IF NOT EXISTS )?(\w+)", each)}
    # Inside a body of SQL, words are no statements of the migration.
    return [
        Finding(service, revision, rule, each)
        for each in said
        if not each.startswith(("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"))
        for rule, (pattern, _why) in RULES.items()
        if _breaks(pattern, each, fresh)
    ]


def _breaks(pattern: str, statement: str, fresh: set[str]) -> bool:
    found = (
        re.match(pattern, statement) if not pattern.startswith("(CREATE SEQUENCE") else re.search(pattern, statement)
    )
    return found is not None and found.groupdict().get("table") not in fresh
