"""Brings the tables and the queues of a service to what its code expects."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from stack import environment, sources, topology
from stack.errors import StackError
from stack.rundir import ROOT, write_private

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from stack.rundir import RunDir


PARTS = ("tables", "queues")
# All that a migration is made of: what it imports is tested to be among these.
_OF_TABLES = ("alembic.ini", "migrations/**/*.py")
_PLUMBING_OF_TABLES = ("plumbing/migrate.py", "plumbing/tables.py")


def make_tables(run: RunDir, ports: dict[str, int], service: str) -> bool:
    """Carries out the service's migrations; tells whether it has any.

    Raises:
        StackError: a migration failed.
    """
    settings = f"svc_{service}/alembic.ini"
    if not (ROOT / settings).exists():
        return False
    _run_for(run, ports, service, "tables", "-m", "alembic", "-c", settings, "upgrade", "head")
    return True


def make_queues(run: RunDir, ports: dict[str, int], service: str, *, retire: bool = True) -> bool:
    """Declares the service's queues, so that events are kept before it first runs.

    Args:
        run: the run directory.
        ports: its ports.
        service: whose queues.
        retire: delete those that its code knows no more, which older code that still runs would declare again.

    Raises:
        StackError: the broker refused one.
    """
    if not all((ROOT / each).exists() for each in ("plumbing/deploy.py", f"svc_{service}/service.py")):
        return False
    _run_for(run, ports, service, "queues", "-m", "plumbing.deploy", service, *([] if retire else ["--keep-retired"]))
    return True


def is_current(run: RunDir, service: str, what: str) -> bool:
    """Tells whether the tables or queues were made by this very code in this run directory already."""
    stamp = _stamp(run, service, what)
    return stamp.exists() and stamp.read_text() == _digest(service, what)


def remember(run: RunDir, service: str, what: str) -> None:
    """Notes that the tables or queues fit this code."""
    write_private(_stamp(run, service, what), _digest(service, what))


def forget(run: RunDir) -> None:
    """Has everything migrated again, because a store was made anew."""
    for stamp in run.folder("migrated").iterdir():
        stamp.unlink()


def _stamp(run: RunDir, service: str, what: str) -> Path:
    return run.folder("migrated") / f"{service}-{what}"


def _digest(service: str, what: str) -> str:
    return sources.digest(decisive(service, what))


def decisive(service: str, what: str) -> Iterator[Path]:
    """Yields the files that decide what the service's tables or queues are."""
    if what == "queues":
        yield from sources.of_program(ROOT, f"svc_{service}")
        return
    for pattern in (*(f"svc_{service}/{each}" for each in _OF_TABLES), *_PLUMBING_OF_TABLES):
        yield from ROOT.glob(pattern)


def _run_for(run: RunDir, ports: dict[str, int], service: str, what: str, *command: str) -> None:
    around = environment.of_program(run, ports, topology.program(service))
    if what == "tables":
        around |= {"DATABASE_URL": environment.database_url(run, ports, topology.owner(service), service)}
    done = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=around,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        message = f"{service}: its {what} could not be brought up to date:\n{done.stdout}"
        raise StackError(message)
