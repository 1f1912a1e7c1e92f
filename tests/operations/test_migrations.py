"""Tables change while people write: nobody waits for a change, and a change waits for nobody for long."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from drill.calm import Calm
from stack import postgres
from stack.lifecycle import Stack
from stack.rundir import ROOT
from stack.running import RunningStack

pytestmark = [pytest.mark.faults, pytest.mark.timeout(400)]

NEXT = '''"""A column and an index on the largest table."""

import sqlalchemy as sa
from alembic import op

revision = "rehearsal"
down_revision = "{before}"
branch_labels = depends_on = None


def upgrade():
    op.add_column("messages", sa.Column("rehearsal", sa.Text, server_default="x"))
    with op.get_context().autocommit_block():
        op.create_index("messages_rehearsal", "messages", ["rehearsal"], postgresql_concurrently=True)


def downgrade():
    with op.get_context().autocommit_block():
        op.drop_index("messages_rehearsal", "messages", postgresql_concurrently=True)
    op.drop_column("messages", "rehearsal")
'''


@dataclass
class Migrations:
    """The messages' own migrations, and one more."""

    settings: Path
    before: str
    around: dict[str, str]

    def begin(self, *words: str) -> subprocess.Popen[str]:
        """Start Alembic as `./charla migrate` does."""
        command = [sys.executable, "-W", "ignore", "-m", "alembic", "-c", str(self.settings), *words]
        return subprocess.Popen(
            command, cwd=ROOT, env=self.around, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def end(self, process: subprocess.Popen[str]) -> None:
        """Wait until it is done."""
        with process:
            said, _ = process.communicate(timeout=200)
        assert process.returncode == 0, said


@pytest.fixture
def migrations(running: RunningStack, tmp_path: Path) -> Iterator[Migrations]:
    """They are undone in the end."""
    copy = tmp_path / "migrations"
    shutil.copytree(ROOT / "svc_messaging" / "migrations", copy, ignore=shutil.ignore_patterns("__pycache__"))
    before = max(each.name[:4] for each in (copy / "versions").glob("[0-9]*.py"))
    (copy / "versions" / "rehearsal.py").write_text(NEXT.format(before=before))
    settings = tmp_path / "alembic.ini"
    settings.write_text(f"[alembic]\nscript_location = {copy}\nprepend_sys_path = .\npath_separator = os\n")
    found = Migrations(settings, before, os.environ | running.env("messaging"))
    yield found
    found.end(found.begin("downgrade", before))


@contextmanager
def session(stack: Stack) -> Iterator[Any]:
    """Give a connection to the messages as the operator."""
    with closing(postgres.connect(stack.run, stack.ports, "messaging")) as connection:
        yield connection


@dataclass
class Writer:
    """Takes again and again the lock that a writer of messages takes; whoever stands in its way too long is noted."""

    stack: Stack
    done: int = 0
    kept_out: list[str] = field(default_factory=list)
    _ending: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Writer:
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._thread.join(60)

    def _run(self) -> None:
        with session(self.stack) as connection:
            cursor = connection.cursor()
            # Eight times what a migration may wait.
            cursor.execute("SET lock_timeout = '4s'")
            connection.commit()
            while not self._ending.wait(0.02):
                try:
                    cursor.execute("LOCK TABLE messages IN ROW EXCLUSIVE MODE")
                    self.done += 1
                except psycopg2.errors.LockNotAvailable as failure:
                    self.kept_out.append(str(failure))
                connection.rollback()


def test_a_column_and_an_index_come_while_people_write(
    stack: Stack, calm: Callable[[], Calm], migrations: Migrations
) -> None:
    with calm() as people:
        migrations.end(migrations.begin("upgrade", "head"))
        with session(stack) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = 'messages_rehearsal'::regclass")
            assert cursor.fetchone() == (True,)
    assert people.failures == []
    assert people.missing == set()
    assert people.done["write"] > 0


def test_a_change_that_is_blocked_lets_others_pass_and_comes_when_it_can(
    stack: Stack, calm: Callable[[], Calm], migrations: Migrations
) -> None:
    with session(stack) as reader, reader.cursor() as cursor:
        cursor.execute("SET idle_in_transaction_session_timeout = 0; SELECT 1 FROM messages LIMIT 1")
        with calm() as people, Writer(stack) as writer:
            changing = migrations.begin("upgrade", "head")
            assert changing.stdout is not None
            for _ in range(3):
                assert changing.stdout.readline() == "a table is in use; trying again\n"
            reader.rollback()
            migrations.end(changing)
    assert writer.kept_out == []
    assert writer.done > 0
    assert people.failures == []
    assert people.missing == set()
