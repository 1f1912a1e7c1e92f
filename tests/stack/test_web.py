"""The step that builds and publishes the web client."""

import hashlib
import os
import stat
import subprocess
from pathlib import Path

import pytest

from stack import web
from stack.errors import StackError
from stack.rundir import ROOT, RunDir


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunDir:
    """A run directory, and a client of two files that is built by copying them."""
    home = tmp_path / "client"
    (home / "src").mkdir(parents=True)
    (home / "src" / "index.html").write_text("<main-AAAAAAAA.js>")
    (home / "src" / "main-AAAAAAAA.js").write_text("one")
    monkeypatch.setattr(web, "HOME", home)
    monkeypatch.setattr(web, "published", lambda run: run.path / "web")
    monkeypatch.setattr(web, "install", lambda _say: None)
    return RunDir(tmp_path / "run")


@pytest.fixture
def builds(run: RunDir, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """What npm was asked for."""
    asked: list[tuple[str, ...]] = []

    def npm(*words: str) -> None:
        asked.append(words)
        for language in web.LANGUAGES:
            folder = web.HOME / "dist" / language
            folder.mkdir(parents=True, exist_ok=True)
            for old in folder.iterdir():
                old.unlink()
            for source in (web.HOME / "src").iterdir():
                (folder / source.name).write_bytes(source.read_bytes())

    monkeypatch.setattr(web, "npm", npm)
    return asked


def up(run: RunDir) -> list[str]:
    said: list[str] = []
    assert web.bring_up_to_date(run, said.append) is True
    return said


def test_what_did_not_change_is_not_built_again(run: RunDir, builds: list[tuple[str, ...]]) -> None:
    assert up(run)
    assert up(run) == []
    assert builds == [("run", "build")]


def test_a_change_of_a_source_is_built_and_published(run: RunDir, builds: list[tuple[str, ...]]) -> None:
    up(run)
    (web.HOME / "src" / "index.html").write_text("new")
    up(run)
    assert len(builds) == 2
    assert (run.path / "web" / "es" / "index.html").read_text() == "new"


def test_a_test_of_the_client_is_no_part_of_its_build(run: RunDir, builds: list[tuple[str, ...]]) -> None:
    up(run)
    (web.HOME / "src" / "x.spec.ts").write_text("expect(1).toBe(1)")
    assert up(run) == []


def test_a_second_stack_publishes_what_the_first_one_built(run: RunDir, builds: list[tuple[str, ...]]) -> None:
    up(run)
    other = RunDir(run.path.with_name("other"))
    up(other)
    assert len(builds) == 1
    assert (other.path / "web" / "en" / "index.html").exists()


def test_pages_that_are_open_keep_their_parts_for_a_week(run: RunDir, builds: list[tuple[str, ...]]) -> None:
    up(run)
    part = web.HOME / "src" / "main-AAAAAAAA.js"
    part.rename(part.with_name("main-BBBBBBBB.js"))
    up(run)
    old = run.path / "web" / "en" / "main-AAAAAAAA.js"
    assert old.exists()
    os.utime(old, (0, 0))
    part.with_name("main-BBBBBBBB.js").write_text("two")
    up(run)
    assert not old.exists()


def test_nginx_workers_may_read_what_is_published(run: RunDir, builds: list[tuple[str, ...]]) -> None:
    before = os.umask(0o077)
    try:
        up(run)
    finally:
        os.umask(before)
    for path in (run.path / "web").rglob("*"):
        needed = stat.S_IROTH | (stat.S_IXOTH if path.is_dir() else 0)
        assert path.name == "stamp" or path.stat().st_mode & needed == needed, path


def test_without_node_the_rest_of_the_stack_comes_up(run: RunDir, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(web, "HOME", run.path.with_name("client"))
    monkeypatch.setattr(web, "published", lambda run: run.path / "web")
    monkeypatch.setattr(web, "_node", lambda: "")
    said: list[str] = []
    assert web.bring_up_to_date(run, said.append) is False
    assert "it needs Node.js 20.19 or newer, and here is none" in said[-1]


@pytest.mark.parametrize("version", ["v18.20.4", "v20.18.3"])
def test_a_node_that_is_too_old_is_named(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "_node", lambda: version)
    with pytest.raises(StackError, match=version):
        web._demand_node()


@pytest.mark.parametrize("version", ["v20.19.0", "v22.12.0", "v24.1.0"])
def test_a_node_that_is_new_enough_is_taken(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "_node", lambda: version)
    monkeypatch.setattr(web.shutil, "which", lambda _name: "/usr/bin/npm")
    web._demand_node()


def test_the_packages_are_installed_only_when_the_lock_changed(tmp_path: Path, asked_npm: list[str]) -> None:
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "package-lock.json").write_text("{}")
    web.install(lambda _line: None, tmp_path)
    web.install(lambda _line: None, tmp_path)
    assert asked_npm == ["ci"]
    (tmp_path / "package-lock.json").write_text("{ }")
    web.install(lambda _line: None, tmp_path)
    assert asked_npm == ["ci", "ci"]


@pytest.fixture
def asked_npm(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    asked: list[str] = []
    monkeypatch.setattr(web, "npm", lambda *words, home: asked.append(words[0]))
    monkeypatch.setattr(web, "_node", lambda: "v22.12.0")
    monkeypatch.setattr(web.shutil, "which", lambda _name: "/usr/bin/npm")
    return asked


def test_the_lock_file_names_no_download_address() -> None:
    lock = (ROOT / "web" / "package-lock.json").read_text()
    assert '"resolved"' not in lock
    assert "registry." not in lock


def test_the_types_of_the_api_are_those_of_the_gateway(tmp_path: Path) -> None:
    """Where this fails, `npm run api` in web/ brings them up to date."""
    fresh = tmp_path / "schema.ts"
    subprocess.run([ROOT / "web" / "scripts" / "api.sh", fresh], check=True, capture_output=True)
    kept = ROOT / "web" / "src" / "app" / "api" / "schema.ts"
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in (fresh, kept)]
    assert digests[0] == digests[1], "web/src/app/api/schema.ts is stale: run `npm run api` in web/"
