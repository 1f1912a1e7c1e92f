"""Brings a backup to life in an empty run directory, as it was at a moment that the log knows.

Nothing is put in its place before the cluster has recovered: whatever fails, the run directory is as it was.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg2
from psycopg2 import sql

from stack import backup_archive, backup_manifest, backup_media, backup_secrets, media, postgres, topology
from stack.credentials import Passwords
from stack.errors import StackError
from stack.lifecycle import Stack, alone
from stack.private_server import serving
from stack.rundir import write_private
from stack.supervisor import wait_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stack.backup_manifest import Manifest
    from stack.private_server import PrivateServer
    from stack.rundir import RunDir

#: What a run directory keeps that a restore would write over.
_DATA = ("postgres", "rabbitmq", "media", "redis", "payments-sandbox", "migrated", "secrets")
_RECOVERY_SECONDS = 3_600.0
_TOO_LATE = "recovery ended before configured recovery target was reached"
_LAST = re.compile(r"last completed transaction was at log time (.+)")


@dataclass(frozen=True)
class Wish:
    """What is asked for.

    Attributes:
        folder: the backup folder.
        at: the moment; the end of the log when None.
        words: the passphrase of the secrets.
        beside: another folder of the log, such as that of a cluster whose machine died.
    """

    folder: Path
    at: datetime | None = None
    words: str = ""
    beside: Path | None = None


def run(stack: Stack, options: Any) -> int:
    """Carries out `restore`."""
    wish = Wish(
        backup_archive.checked(Path(options.source)),
        backup_manifest.moment(options.at) if options.at else None,
        backup_secrets.passphrase(options.passphrase_file or ""),
        backup_archive.checked(Path(options.wal)) if options.wal else None,
    )
    restore(stack.run, wish, stack.say, replace=options.replace)
    if not options.no_start:
        Stack(stack.run, stack.say).up()
    return 0


def restore(run: RunDir, wish: Wish, say: Callable[[str], None], *, replace: bool = False) -> Manifest:
    """Puts a backup into a run directory whose stack is down.

    Raises:
        StackError: there is data already, or the backup is no good for this.
    """
    begun = time.monotonic()
    manifest = _choose(wish)
    _check(wish, manifest)
    with alone(run):
        if Stack(run).supervisor.is_up:
            message = f"Charla runs in {run.path}. Stop it first: ./charla down"
            raise StackError(message)
        _make_room(run, say, replace=replace)
        found = _secrets(wish, manifest)
        say(f"  base backup {manifest.made}, whole; recovering")
        with _draft(run, wish, manifest) as data:
            reached = _recover(run, wish, data, found)
            backup_secrets.place(run, found)
            _place(run, wish, manifest, data)
        write_private(run.path / "epoch", secrets.token_hex(8) + "\n")
    say(f"  recovered up to {reached}")
    say(f"Restored in {time.monotonic() - begun:.1f} s")
    return manifest


def _choose(wish: Wish) -> Manifest:
    """Returns the newest base backup that the moment comes after."""
    bases = backup_manifest.all_in(wish.folder) if wish.folder.is_dir() else []
    if not bases:
        message = f"{wish.folder} holds no backup"
        raise StackError(message)
    fitting = [each for each in bases if wish.at is None or each.usable_from <= wish.at]
    if not fitting:
        message = (
            f"{wish.at:%Y-%m-%dT%H:%M:%S%z} is before the oldest backup, which restores to {bases[0].ended} and later"
        )
        raise StackError(message)
    if wish.at is not None and wish.at > datetime.now(UTC):
        message = f"{wish.at:%Y-%m-%dT%H:%M:%S%z} has not come yet"
        raise StackError(message)
    return fitting[-1]


def _check(wish: Wish, manifest: Manifest) -> None:
    """Looks whether the backup is whole, and the programs here can work with it."""
    for service in topology.SERVICES:
        revision = manifest.revisions.get(service, "")
        if revision and revision not in backup_manifest.revision_of_code(service):
            message = (
                f"the tables of {service} are at revision {revision}, which the code here does not know; take that"
            )
            raise StackError(f"{message} of commit {manifest.commit or 'unknown'} or newer")
    backup_manifest.verify(wish.folder, manifest, postgres.binaries_of(str(manifest.postgres)))


def _make_room(run: RunDir, say: Callable[[str], None], *, replace: bool) -> None:
    there = [each for each in _DATA if _holds_something(run.path / each)]
    if not there:
        return
    if not replace:
        message = (
            f"{run.path} holds data ({', '.join(there)}); name an empty CHARLA_RUN_DIR, or put it aside: --replace"
        )
        raise StackError(message)
    aside = run.folder(f"replaced-{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
    for each in there:
        (run.path / each).rename(aside / each)
    say(f"  what was there is in {aside}")


def _holds_something(home: Path) -> bool:
    """Whether there is more than what a command leaves that only looked: a password for the supervisor."""
    return any(each.is_file() and each.name != "passwords.json" for each in home.rglob("*"))


def _secrets(wish: Wish, manifest: Manifest) -> dict[str, dict[str, Any]]:
    """Returns the newest secrets that there are: what a rotation keeps opens what is older."""
    since, own = wish.folder / "secrets", wish.folder / "base" / manifest.made / "secrets"
    newest = since if since.exists() and since.stat().st_mtime > own.stat().st_mtime else own
    return backup_secrets.unpack(newest, wish.words)


@contextmanager
def _draft(run: RunDir, wish: Wish, manifest: Manifest) -> Iterator[Path]:
    """Gives a copy of the base backup, which is gone if it is not put in its place."""
    home = run.folder("postgres")
    data = home / "restoring"
    shutil.rmtree(data, ignore_errors=True)
    try:
        shutil.copytree(wish.folder / "base" / manifest.made / "data", data, symlinks=True)
        (data / "recovery.signal").touch(mode=0o600)
        postgres.own(home, data, *data.rglob("*"))
        data.chmod(0o700)
        yield data
    finally:
        shutil.rmtree(data, ignore_errors=True)


def _recover(run: RunDir, wish: Wish, data: Path, found: dict[str, dict[str, Any]]) -> str:
    """Lets a server work off the log; returns the moment of its last transaction."""
    settings = {
        "restore_command": backup_archive.restore_command(wish.folder / "wal", wish.beside),
        "recovery_target_timeline": "current",
        "recovery_target_action": "promote",
    }
    if wish.at is not None:
        settings["recovery_target_time"] = wish.at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f+00")
    with serving(run, data, settings) as server:
        if not wait_for(lambda: not server.runs or _has_recovered(server), _RECOVERY_SECONDS, step=0.1):
            message = "the recovery did not end"
            raise StackError(message)
        if not server.runs:
            raise StackError(_why(server.log))
        with closing(server.connect()) as connection:
            connection.autocommit = True
            return _settle(connection, found)


def _has_recovered(server: PrivateServer) -> bool:
    try:
        with closing(server.connect()) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT pg_is_in_recovery()")
            return bool(cursor.fetchone() == (False,))
    except psycopg2.OperationalError:
        return False


def _why(log: str) -> str:
    if _TOO_LATE in log:
        last = _LAST.findall(log)
        return (
            f"the log ends before that moment; its last transaction is of {last[-1] if last else 'before the backup'}"
        )
    lines = [line for line in log.splitlines() if "FATAL" in line or "PANIC" in line or "ERROR" in line]
    return "PostgreSQL could not recover: " + ("; ".join(lines[-3:]) or log[-500:])


def _settle(connection: Any, found: dict[str, dict[str, Any]]) -> str:
    """Gives the operator the password of the secrets; returns the moment of the last transaction."""
    password = Passwords.read(found["passwords.json"]["text"])["postgres-postgres"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_last_xact_replay_timestamp()")
        (last,) = cursor.fetchone()
        cursor.execute(sql.SQL("ALTER ROLE postgres PASSWORD %s"), [password])
    return last.astimezone(UTC).isoformat() if last else "the end of the base backup"


def _place(run: RunDir, wish: Wish, manifest: Manifest, data: Path) -> None:
    """Puts everything where a stack looks for it; the cluster comes last."""
    blobs = media.folder(run) / "blobs"
    backup_media.take(wish.folder / "media", blobs)
    for _, path in backup_media.files(blobs):
        # As the store of media leaves them: Nginx's group reads them, and nobody writes.
        os.chown(path, -1, blobs.stat().st_gid)
        path.chmod(0o440)
        path.parent.chmod(path.parent.stat().st_mode | 0o750)
    sandbox = wish.folder / "base" / manifest.made / "sandbox.sqlite3"
    if sandbox.exists():
        shutil.copyfile(sandbox, run.folder("payments-sandbox") / sandbox.name)
    data.rename(postgres.data_folder(run))
