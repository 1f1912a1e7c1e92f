"""Migrations extend, and lock nothing for long."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from migrated import statements
from migration_exceptions import ALLOWED, Allowed
from migration_rules import RULES, Finding, findings

from plumbing import migrate
from stack.topology import SERVICES


def _found() -> list[Finding]:
    said = [(service, *migration) for service in SERVICES for migration in statements(service)]
    return [finding for each in said for finding in findings(*each)]


def _is_allowed(found: Finding, allowed: Allowed) -> bool:
    return found[:3] == allowed[:3] and allowed.part in found.statement


def test_no_migration_breaks_a_rule() -> None:
    broken = [each for each in _found() if not any(_is_allowed(each, one) for one in ALLOWED)]
    assert not [f"{each.service} {each.revision}: {each.statement}: {RULES[each.rule][1]}" for each in broken]


@pytest.mark.parametrize("allowed", ALLOWED, ids=lambda each: f"{each.service}-{each.revision}-{each.part}")
def test_every_exception_is_about_one_statement(allowed: Allowed) -> None:
    assert len([each for each in _found() if _is_allowed(each, allowed)]) == 1
    assert allowed.reason


def test_every_service_has_migrations_in_one_line() -> None:
    for service in SERVICES:
        revisions = [revision for revision, _said in statements(service)]
        assert revisions == sorted(revisions) and revisions[0] == "0001"
        assert all(said for _revision, said in statements(service))


def test_a_migration_waits_for_locks_briefly() -> None:
    assert "SET lock_timeout = " in inspect.getsource(migrate)


@pytest.mark.parametrize(
    ("rule", "statement"),
    [
        ("index-locks", "CREATE INDEX a ON messages (id)"),
        ("index-locks", "CREATE UNIQUE INDEX a ON messages (id)"),
        ("index-dropped", "DROP INDEX a"),
        ("column-without-default", "ALTER TABLE messages ADD COLUMN a TEXT NOT NULL"),
        ("volatile-default", "ALTER TABLE messages ADD COLUMN a TIMESTAMPTZ DEFAULT now() NOT NULL"),
        ("generated", "ALTER TABLE messages ADD COLUMN a TEXT GENERATED ALWAYS AS (upper(text)) STORED"),
        ("type-changed", "ALTER TABLE messages ALTER COLUMN seq TYPE BIGINT"),
        ("not-null", "ALTER TABLE messages ALTER COLUMN seq SET NOT NULL"),
        ("constraint-checked", "ALTER TABLE messages ADD CONSTRAINT a CHECK (seq > 0)"),
        ("constraint-checked", "ALTER TABLE messages ADD CONSTRAINT a FOREIGN KEY (id) REFERENCES other (id)"),
        ("key-built", "ALTER TABLE messages ADD CONSTRAINT a UNIQUE (id)"),
        ("taken-away", "ALTER TABLE messages DROP COLUMN text"),
        ("taken-away", "DROP TABLE messages"),
        ("renamed", "ALTER TABLE messages RENAME COLUMN text TO words"),
        ("whole-table", "UPDATE messages SET text = ''"),
        ("locked", "LOCK TABLE messages"),
        ("sequence", "CREATE TABLE a (id BIGSERIAL NOT NULL)"),
    ],
)
def test_what_locks_or_breaks_is_found(rule: str, statement: str) -> None:
    assert rule in {each.rule for each in findings("messaging", "9999", [statement])}


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE messages ADD COLUMN payment JSONB",
        "ALTER TABLE channels ADD COLUMN paid BOOLEAN DEFAULT false NOT NULL",
        "CREATE INDEX CONCURRENTLY a ON messages (id)",
        "DROP INDEX CONCURRENTLY IF EXISTS a",
        "ALTER TABLE messages ADD CONSTRAINT a CHECK (seq > 0) NOT VALID",
        "ALTER TABLE messages VALIDATE CONSTRAINT a",
        "ALTER TABLE messages DROP CONSTRAINT a",
        "ALTER TABLE messages ALTER COLUMN text DROP NOT NULL",
        "ALTER TABLE messages ADD CONSTRAINT a UNIQUE USING INDEX b",
    ],
)
def test_what_extends_is_not(statement: str) -> None:
    assert not findings("messaging", "9999", [statement])


def test_a_table_of_the_same_migration_is_free() -> None:
    assert not findings("messaging", "9999", ["CREATE TABLE a (id TEXT)", "CREATE INDEX b ON a (id)"])
