"""What was backed up comes back as it was at one moment; what is no good is refused, and nothing is touched then."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from drill.restoring import Rehearsal, differences, open_folder
from stack import backup, backup_archive, backup_manifest, backup_secrets, postgres, restore
from stack.backup_archive import Target
from stack.errors import StackError
from stack.lifecycle import Stack
from stack.restore import Wish
from stack.rundir import RunDir
from stack.running import RunningStack

pytestmark = [pytest.mark.faults, pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def rehearsal(running: RunningStack) -> Iterator[Rehearsal]:
    """Something written, backed up, and more written, before and after a moment."""
    stack = Stack(RunDir.current(), say=lambda _line: None)
    folder = open_folder()
    made = Rehearsal(stack, folder)
    try:
        made.play()
        yield made
    finally:
        backup_archive.remember(stack.run, made.archived_before)
        postgres.change_archive(stack.run, stack.ports)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def empty_run(running: RunningStack) -> Iterator[RunDir]:
    """A run directory that PostgreSQL can reach, unlike pytest's own folders."""
    run = RunDir(RunDir.current().path / "restored")
    shutil.rmtree(run.path, ignore_errors=True)
    yield run
    shutil.rmtree(run.path, ignore_errors=True)


def quiet(_line: str) -> None:
    """Say nothing."""


def test_every_row_of_every_table_is_what_it_was_at_the_moment(rehearsal: Rehearsal, empty_run: RunDir) -> None:
    found = rehearsal.restored(empty_run)
    assert differences(rehearsal.wanted, found) == []
    assert len(found) > 50
    blobs = {name for name, _ in backup_media_files(empty_run)}
    assert blobs >= set(backup_manifest.all_in(rehearsal.folder)[-1].media)
    assert (empty_run.path / "epoch").read_text().strip() != "1"


def backup_media_files(run: RunDir) -> list[tuple[str, Path]]:
    from stack import backup_media

    return list(backup_media.files(run.path / "media" / "blobs"))


def refused(run: RunDir, wish: Wish, why: str) -> None:
    """Say whether the restore is refused for that reason, and leaves nothing behind."""
    with pytest.raises(StackError, match=why):
        restore.restore(run, wish, quiet)
    assert not (run.path / "postgres" / "data").exists()
    assert not (run.path / "postgres" / "restoring").exists()
    assert not (run.path / "secrets" / "keys").exists()


def test_a_moment_before_the_backup_is_refused(rehearsal: Rehearsal, empty_run: RunDir) -> None:
    early = backup_manifest.all_in(rehearsal.folder)[0].usable_from - timedelta(seconds=1)
    refused(empty_run, Wish(rehearsal.folder, early), "before the oldest backup")


def test_a_moment_that_has_not_come_is_refused(rehearsal: Rehearsal, empty_run: RunDir) -> None:
    refused(empty_run, Wish(rehearsal.folder, datetime.now(UTC) + timedelta(days=1)), "has not come yet")


def test_a_moment_after_the_end_of_the_log_is_refused(
    rehearsal: Rehearsal, empty_run: RunDir, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nothing of what comes after the rehearsal is in this copy of its log.
    copy = rehearsal.stack.run.path / "rehearsal-cut"
    shutil.copytree(rehearsal.folder, copy)
    try:
        last = sorted((copy / "wal").glob("*.gz"))[-1]
        for path in (copy, copy / "wal", *(copy / "wal").iterdir()):
            postgres.own(path)
        last.unlink()
        refused(
            empty_run, Wish(copy, datetime.now(UTC)), "the log ends before that moment; its last transaction is of 2"
        )
    finally:
        shutil.rmtree(copy)


@pytest.mark.parametrize("name", ["data/PG_VERSION", "secrets", "manifest.json"])
def test_a_damaged_backup_is_refused(rehearsal: Rehearsal, empty_run: RunDir, name: str) -> None:
    base = rehearsal.folder / "base" / backup_manifest.all_in(rehearsal.folder)[-1].made
    whole = (base / name).read_bytes()
    try:
        (base / name).write_bytes(whole[:-2])
        refused(empty_run, Wish(rehearsal.folder, rehearsal.at), "damaged")
    finally:
        (base / name).write_bytes(whole)


def test_data_that_is_there_is_left_alone(rehearsal: Rehearsal, empty_run: RunDir) -> None:
    kept = empty_run.folder("postgres", "data") / "PG_VERSION"
    kept.write_text("15")
    with pytest.raises(StackError, match="holds data"):
        restore.restore(empty_run, Wish(rehearsal.folder, rehearsal.at), quiet)
    assert kept.read_text() == "15"


def test_tables_of_newer_code_are_refused(
    rehearsal: Rehearsal, empty_run: RunDir, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup_manifest, "revision_of_code", lambda _service: {"0001"})
    refused(empty_run, Wish(rehearsal.folder, rehearsal.at), "which the code here does not know")


def test_where_no_backup_is_says_so(empty_run: RunDir, tmp_path: Path) -> None:
    refused(empty_run, Wish(tmp_path), "holds no backup")


def test_sealed_secrets_open_with_their_passphrase_alone(empty_run: RunDir, tmp_path: Path) -> None:
    empty_run.folder("secrets", "keys", "auth")
    (empty_run.secrets / "passwords.json").write_text('{"postgres-auth": "apple"}')
    (empty_run.secrets / "keys" / "auth" / "a.pem").write_text("key")
    backup_secrets.pack(empty_run, tmp_path / "secrets", "long enough")
    assert "apple" not in (tmp_path / "secrets").read_text()
    assert (tmp_path / "secrets").stat().st_mode & 0o077 == 0
    for wrong, why in (("", "sealed"), ("another one", "does not open")):
        with pytest.raises(StackError, match=why):
            backup_secrets.unpack(tmp_path / "secrets", wrong)
    other = RunDir(tmp_path / "other")
    backup_secrets.place(other, backup_secrets.unpack(tmp_path / "secrets", "long enough"))
    assert (other.secrets / "keys" / "auth" / "a.pem").read_text() == "key"
    assert (other.secrets / "passwords.json").read_text() == '{"postgres-auth": "apple"}'


def test_only_the_newest_backups_are_kept_and_what_they_need(rehearsal: Rehearsal) -> None:
    wanted = Target(str(rehearsal.folder))
    first = backup_manifest.all_in(rehearsal.folder)[-1]
    media = rehearsal.folder / "media" / "ff" / ("f" * 64)
    media.parent.mkdir(exist_ok=True)
    media.write_text("held by no backup that is kept")
    second = backup.make(rehearsal.stack, wanted, keep=1)
    assert [each.made for each in backup_manifest.all_in(rehearsal.folder)] == [second.made]
    assert not (rehearsal.folder / "wal" / f"{first.first_wal}.gz").exists()
    assert first.media.keys() <= second.media.keys()
    assert not media.exists()


def test_a_folder_that_a_server_cannot_be_told_of_is_refused() -> None:
    with pytest.raises(StackError, match="letters"):
        backup_archive.checked(Path("with space"))


@pytest.mark.parametrize("text", ["yesterday", "", "2026-13-01"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(StackError, match="no time"):
        backup_manifest.moment(text)
