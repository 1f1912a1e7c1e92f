from pathlib import Path

import pytest

from stack import migration
from stack.rundir import RunDir

MIGRATION = "svc_auth/migrations/versions/0001_all_tables.py"


@pytest.fixture
def code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Gives a repository with one service, which is up to date."""
    root = tmp_path / "code"
    for name in (MIGRATION, "svc_auth/service.py", "plumbing/migrate.py", "plumbing/rpc.py", "contracts/auth.py"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("before")
    monkeypatch.setattr(migration, "ROOT", root)
    for what in migration.PARTS:
        migration.remember(RunDir(tmp_path), "auth", what)
    return root


def stale(code: Path) -> set[str]:
    return {what for what in migration.PARTS if not migration.is_current(RunDir(code.parent), "auth", what)}


def test_unchanged_code_has_nothing_migrated(code: Path) -> None:
    assert stale(code) == set()


@pytest.mark.parametrize("name", ["svc_auth/service.py", "plumbing/rpc.py", "contracts/auth.py"])
def test_changed_code_may_need_new_queues_but_no_new_tables(code: Path, name: str) -> None:
    (code / name).write_text("after")
    assert stale(code) == {"queues"}


@pytest.mark.parametrize("name", [MIGRATION, "plumbing/migrate.py"])
def test_a_changed_migration_is_carried_out(code: Path, name: str) -> None:
    (code / name).write_text("after")
    assert "tables" in stale(code)


def test_a_store_that_was_made_anew_gets_everything(code: Path) -> None:
    migration.forget(RunDir(code.parent))
    assert stale(code) == set(migration.PARTS)


def test_migrations_use_no_code_that_is_not_looked_at() -> None:
    looked_at = {path.relative_to(migration.ROOT).as_posix() for path in migration.decisive("auth", "tables")}
    for path in migration.ROOT.glob("svc_*/migrations/versions/*.py"):
        words = (line.split() for line in path.read_text().splitlines())
        imported = {each[1] for each in words if each[:1] in (["from"], ["import"])}
        own = {each for each in imported if each.startswith(("plumbing", "contracts", "svc_"))}
        assert {f"{each.replace('.', '/')}.py" for each in own} <= looked_at, path
