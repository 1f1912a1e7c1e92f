"""Backups of a running stack: the whole cluster, its log from then on, media, and secrets.

All databases are one cluster with one log, so that a moment is the same moment in all of them. Redis holds nothing to
lose. The broker is left out: what it holds is on its way, and docs/operations/restore.md says what becomes of it.
"""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stack import backup_archive, backup_manifest, backup_media, backup_secrets, environment, postgres, topology
from stack.backup_archive import Target
from stack.credentials import Passwords
from stack.errors import StackError
from stack.lifecycle import alone
from stack.supervisor import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stack.lifecycle import Stack
    from stack.rundir import RunDir

KEEP = 7
_ARCHIVE_PATIENCE_S = 60.0
_SANDBOX = "payments-sandbox/sandbox.sqlite3"


def run(stack: Stack, options: Any) -> int:
    """Carries out `backup`."""
    if options.off:
        backup_archive.remember(stack.run, None)
        postgres.change_archive(stack.run, stack.ports)
        stack.say("The log is not archived any more.")
        return 0
    wanted = _target(stack.run, options.to, options.passphrase_file)
    if options.list:
        for each in backup_manifest.all_in(wanted.path):
            stack.say(
                f"{each.made}  restores to {each.ended} and later  PostgreSQL {each.postgres}  {len(each.media)} media"
            )
        return 0
    with alone(stack.run):
        if options.media:
            _say_media(stack, *copy_media(stack.run, wanted))
        else:
            make(stack, wanted, options.keep)
    return 0


def _target(run: RunDir, to: str | None, passphrase_file: str | None) -> Target:
    """Returns where to, which is where the last one went when nothing else is said."""
    before = backup_archive.target(run)
    folder = Path(to) if to else before.path if before else run.path / "backups"
    kept = before.passphrase_file if before else ""
    sealed = str(Path(passphrase_file).resolve()) if passphrase_file else kept
    return Target(str(backup_archive.checked(folder)), sealed)


def make(stack: Stack, wanted: Target, keep: int = KEEP) -> backup_manifest.Manifest:
    """Makes a base backup, and archives the log from now on.

    Raises:
        StackError: it could not be made as a whole; what was there before is left as it is.
    """
    begun = time.monotonic()
    words = backup_secrets.passphrase(wanted.passphrase_file)
    _open_folder(stack, wanted)
    made = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    home, draft = wanted.path / "base" / made, wanted.path / "base" / f".{made}.new"
    with suppress(FileNotFoundError):
        shutil.rmtree(draft)
    draft.mkdir(mode=0o700, parents=True)
    try:
        _copy_cluster(stack, draft / "data")
        ended = _now(stack)
        archive_now(stack)
        known, new = copy_media(stack.run, wanted)
        _copy_sandbox(stack.run, draft)
        backup_secrets.pack(stack.run, draft / "secrets", words)
        media = _present(stack.run, wanted)
        manifest = _manifest(stack, draft, made, ended, media)
        backup_manifest.write(draft, manifest)
        backup_manifest.verify(wanted.path, _as_draft(manifest, draft), postgres.binaries(stack.run))
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    draft.rename(home)
    _say_media(stack, known, new)
    stack.say(f"  {_size(home) / 2**20:.0f} MiB of databases in {home}")
    gone = prune(stack.run, wanted, keep)
    stack.say(f"Backup {made} made in {time.monotonic() - begun:.1f} s; {gone} older ones removed")
    return manifest


def _as_draft(manifest: backup_manifest.Manifest, draft: Path) -> backup_manifest.Manifest:
    from dataclasses import replace  # noqa: PLC0415

    return replace(manifest, made=draft.name)


def _say_media(stack: Stack, known: int, new: int) -> None:
    stack.say(f"  {known} stored media, {new} of them new")


def _open_folder(stack: Stack, wanted: Target) -> None:
    """Makes the folder where it is missing, and has the log go there.

    Raises:
        StackError: it is another cluster's, or the server cannot write there.
    """
    wanted.wal.mkdir(mode=0o700, parents=True, exist_ok=True)
    postgres.own(wanted.wal)
    facts = _facts(stack)
    for each in backup_manifest.all_in(wanted.path):
        if (each.system, each.timeline) != (facts.system, facts.timeline):
            message = f"{wanted.path} holds backups of another cluster, or from before a restore; name another folder"
            raise StackError(message)
    if _is_root_alone(stack.run, wanted.wal):
        message = f"PostgreSQL cannot write to {wanted.wal}: a folder above it is closed to others; name another one"
        raise StackError(message)
    if backup_archive.target(stack.run) != wanted:
        backup_archive.remember(stack.run, wanted)
        postgres.change_archive(stack.run, stack.ports)


def _is_root_alone(run: RunDir, wal: Path) -> bool:
    prefix = postgres.as_unprivileged(postgres.data_folder(run).parent)
    return subprocess.run([*prefix, "test", "-w", str(wal)], cwd="/", check=False).returncode != 0


@dataclass(frozen=True)
class _Facts:
    system: str
    timeline: int
    version: int


def _facts(stack: Stack) -> _Facts:
    row = _ask(
        stack,
        "SELECT system_identifier::text, timeline_id, current_setting('server_version_num')::int"
        " FROM pg_control_system(), pg_control_checkpoint()",
    )
    return _Facts(*row)


def _ask(stack: Stack, question: str) -> Any:
    with closing(postgres.connect(stack.run, stack.ports)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(question)
            return cursor.fetchone()


def _now(stack: Stack) -> str:
    return str(_ask(stack, "SELECT clock_timestamp()")[0].astimezone(UTC).isoformat())


def _copy_cluster(stack: Stack, to: Path) -> None:
    command = [str(postgres.binaries(stack.run) / "pg_basebackup"), "-h", environment.HOST, "-U", "postgres"]
    command += ["-p", str(stack.ports["postgres"]), "-D", str(to), "--checkpoint=fast", "--wal-method=stream"]
    around = environment.basic() | {"PGPASSWORD": Passwords(stack.run).get("postgres-postgres")}
    done = subprocess.run(command, env=around, capture_output=True, text=True, check=False)
    if done.returncode:
        message = f"pg_basebackup failed: {done.stderr.strip()}"
        raise StackError(message)


def archive_now(stack: Stack) -> None:
    """Has the log archived up to now, and waits until it is.

    Raises:
        StackError: the archive does not follow.
    """
    (wanted,) = _ask(stack, "SELECT pg_walfile_name(pg_switch_wal() - 1)")
    asked = "SELECT coalesce(last_archived_wal, '') >= '{}', last_failed_wal FROM pg_stat_archiver"
    if not wait_for(lambda: bool(_ask(stack, asked.format(wanted))[0]), _ARCHIVE_PATIENCE_S, step=0.1):
        message = f"the log is not archived (waiting for {wanted}); see {stack.run.logs / 'postgres.log'}"
        raise StackError(message)


def copy_media(run: RunDir, wanted: Target) -> tuple[int, int]:
    """Takes stored media that are new; returns how many there are, and how many of them were."""
    return backup_media.take(run.path / "media" / "blobs", wanted.path / "media")


def _copy_sandbox(run: RunDir, draft: Path) -> None:
    """Copies what the stand-in for Stripe knows, where there is one: a real one keeps its own."""
    if (run.path / _SANDBOX).exists():
        source, copy = sqlite3.connect(run.path / _SANDBOX), sqlite3.connect(draft / "sandbox.sqlite3")
        with closing(source), closing(copy):
            source.backup(copy)


def _manifest(stack: Stack, draft: Path, made: str, ended: str, media: dict[str, int]) -> backup_manifest.Manifest:
    facts = _facts(stack)
    names = ["secrets", "data/backup_manifest", *(["sandbox.sqlite3"] if (draft / "sandbox.sqlite3").exists() else [])]
    label = (draft / "data" / "backup_label").read_text()
    first = label.partition("(file ")[2].partition(")")[0]
    return backup_manifest.Manifest(
        made=made,
        ended=ended,
        system=facts.system,
        timeline=facts.timeline,
        first_wal=first,
        postgres=facts.version // 10_000,
        revisions={each: _revision(stack, each) for each in topology.SERVICES},
        commit=backup_manifest.commit(),
        media=media,
        digests={name: backup_manifest.digest(draft / name) for name in names},
    )


def _revision(stack: Stack, service: str) -> str:
    with closing(postgres.connect(stack.run, stack.ports, service)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT version_num FROM alembic_version")
        found = cursor.fetchone()
    return str(found[0]) if found else ""


def note_secrets(run: RunDir) -> None:
    """Takes changed secrets into the newest backup: what is made with them later needs them."""
    wanted = backup_archive.target(run)
    bases = backup_manifest.all_in(wanted.path) if wanted else []
    if wanted and bases:
        words = backup_secrets.passphrase(wanted.passphrase_file)
        backup_secrets.pack(run, wanted.path / "secrets", words)


def prune(run: RunDir, wanted: Target, keep: int) -> int:
    """Removes all but the newest base backups, and what only they need; returns how many went."""
    bases = backup_manifest.all_in(wanted.path)
    old, kept = bases[:-keep], bases[-keep:]
    for each in old:
        shutil.rmtree(wanted.path / "base" / each.made)
    if old:
        command = [str(postgres.binaries(run) / "pg_archivecleanup"), "-x", ".gz", str(wanted.wal), kept[0].first_wal]
        subprocess.run(command, capture_output=True, check=True)
        needed = {name for each in kept for name in each.media}
        for name, path in list(_collected(run, wanted)):
            if name not in needed and path.stat().st_ctime < kept[0].usable_from.timestamp():
                path.unlink()
    return len(old)


def _present(run: RunDir, wanted: Target) -> dict[str, int]:
    """Returns the stack's media that the backup has, with their sizes."""
    names = (name for name, _ in backup_media.files(run.path / "media" / "blobs"))
    taken = ((name, wanted.path / "media" / name) for name in names)
    return {name: path.stat().st_size for name, path in taken if path.exists()}


def _collected(run: RunDir, wanted: Target) -> Iterator[tuple[str, Path]]:
    """Yields the media of the backup that the stack itself has no more."""
    for name, path in backup_media.files(wanted.path / "media"):
        if not (run.path / "media" / "blobs" / name).exists():
            yield name, path


def _size(home: Path) -> int:
    return sum(each.stat().st_size for each in home.rglob("*") if each.is_file())
