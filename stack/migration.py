"""Brings the tables and the queues of a service to what its code expects."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from typing import TYPE_CHECKING

from stack import environment, topology
from stack.errors import StackError
from stack.rundir import ROOT, write_private

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from stack.rundir import RunDir


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


def make_queues(run: RunDir, ports: dict[str, int], service: str) -> bool:
    """Declares the service's queues, so that events are kept before it first runs.

    Raises:
        StackError: the broker refused one.
    """
    if not all((ROOT / each).exists() for each in ("plumbing/deploy.py", f"svc_{service}/service.py")):
        return False
    _run_for(run, ports, service, "queues", "-m", "plumbing.deploy", service)
    return True


def is_current(run: RunDir, service: str) -> bool:
    """Tells whether this very code was migrated to in this run directory already."""
    stamp = _stamp(run, service)
    return stamp.exists() and stamp.read_text() == _digest(service)


def remember(run: RunDir, service: str) -> None:
    """Notes that tables and queues fit this code."""
    write_private(_stamp(run, service), _digest(service))


def forget(run: RunDir) -> None:
    """Has everything migrated again, because a store was made anew."""
    for stamp in run.folder("migrated").iterdir():
        stamp.unlink()


def _stamp(run: RunDir, service: str) -> Path:
    return run.folder("migrated") / service


def _digest(service: str) -> str:
    digest = hashlib.sha256()
    for path in sorted(_sources(service)):
        digest.update(str(path).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _sources(service: str) -> Iterator[Path]:
    for folder in (f"svc_{service}", "plumbing", "contracts", "locks"):
        for ending in ("py", "ini", "yml", "sql", "txt"):
            yield from (ROOT / folder).rglob(f"*.{ending}")


def _run_for(run: RunDir, ports: dict[str, int], service: str, what: str, *command: str) -> None:
    done = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=environment.of_program(run, ports, topology.program(service)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        message = f"{service}: its {what} could not be brought up to date:\n{done.stdout}"
        raise StackError(message)
