"""An audit that could not ask is a failed audit, and says what it does not know."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from stack import audit, cli, components

#: A port that nobody listens at.
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def clients(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of clients that say what a test has them say."""
    folder = tmp_path / "bin"
    folder.mkdir()
    lock = tmp_path / "all.txt"
    lock.write_text("one==1.0\ntwo==2.0\n")
    (tmp_path / "target").mkdir()
    monkeypatch.setattr(audit, "BIN", folder)
    monkeypatch.setattr(audit, "REGISTRY", tmp_path)
    monkeypatch.setattr(components, "locks_of_environments", lambda: [lock])
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    says(folder, "pip-audit", python([clean("one"), clean("two")]))
    says(folder, "npm", npm({}))
    (tmp_path / "advisories.json").write_text(json.dumps({"dependencies": [{"fileName": "a.jar"}]}))
    script(folder, "mvn", f"cp {tmp_path}/advisories.json {tmp_path}/target/dependency-check-report.json")
    return folder


def script(folder: Path, name: str, body: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{body}\n")
    (folder / name).chmod(0o755)


def says(folder: Path, name: str, answer: Any, code: int = 0) -> None:
    (folder / f"{name}.json").write_text(json.dumps(answer))
    script(folder, name, f"cat {folder}/{name}.json; exit {code}")


def python(dependencies: list[dict[str, Any]]) -> dict[str, Any]:
    return {"dependencies": dependencies, "fixes": []}


def clean(name: str) -> dict[str, Any]:
    return {"name": name, "version": "1.0", "vulns": []}


def npm(vulnerabilities: dict[str, Any]) -> dict[str, Any]:
    return {"vulnerabilities": vulnerabilities, "metadata": {"dependencies": {"total": 3}}}


@pytest.mark.usefixtures("clients")
def test_where_everybody_answers_and_nothing_is_known_it_is_clean(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["audit"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "python: answers for 2 packages, and 0 findings",
        "npm: answers for 3 packages, and 0 findings",
        "maven: answers for 1 packages, and 0 findings",
    ]


def test_what_is_known_is_told_and_is_no_success(clients: Path, capsys: pytest.CaptureFixture[str]) -> None:
    known = {"id": "PYSEC-1", "fix_versions": ["1.1"]}
    says(clients, "pip-audit", python([clean("one") | {"vulns": [known]}, clean("two")]), code=1)
    says(
        clients,
        "npm",
        npm({"left": {"range": "<2", "severity": "high", "via": [{"title": "A hole"}, "right"]}}),
        code=1,
    )
    report = {"dependencies": [{"fileName": "a.jar", "vulnerabilities": [{"name": "CVE-1", "severity": "LOW"}]}]}
    (clients.parent / "advisories.json").write_text(json.dumps(report))
    assert cli.main(["audit"]) == audit.FOUND
    said = capsys.readouterr().out
    assert "one 1.0: PYSEC-1; mended in 1.1 (all.txt)" in said
    assert "left <2: A hole, through right; high" in said
    assert "a.jar: CVE-1; LOW" in said


def test_a_package_that_nobody_answered_for_is_not_taken_for_a_good_one(
    clients: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # As pip-audit says it where its service does not know the package; it ends with 0 then.
    says(clients, "pip-audit", python([clean("one"), {"name": "two", "skip_reason": "not found"}]))
    assert cli.main(["audit"]) == audit.NOT_ASKED
    said = capsys.readouterr().out
    assert "NOT ASKED: all.txt: no answer about 1 of 2: two" in said
    assert "Nobody could be asked about all of: python." in said


def test_what_was_not_asked_outweighs_what_was_found(clients: Path) -> None:
    says(clients, "npm", npm({"left": {"range": "<2", "severity": "high", "via": []}}), code=1)
    (clients / "mvn").unlink()
    script(clients, "mvn", "echo '[ERROR] the advisories could not be fetched'; exit 1")
    assert cli.main(["audit"]) == audit.NOT_ASKED


@pytest.mark.parametrize(
    ("name", "body", "why"),
    [
        ("pip-audit", "echo Traceback >&2; echo 'no route to anybody' >&2; exit 1", "no route to anybody"),
        ("npm", """echo '{"message": "405 Method Not Allowed"}'; exit 1""", "405 Method Not Allowed"),
        ("npm", "exit 0", "it said nothing"),
        ("mvn", "echo '[ERROR] nobody there'; exit 1", "nobody there"),
        # Of another day's report it makes no answer of today's.
        ("mvn", "exit 0", "it said nothing"),
    ],
)
def test_a_client_that_could_not_ask_is_named_with_its_reason(
    clients: Path, capsys: pytest.CaptureFixture[str], name: str, body: str, why: str
) -> None:
    (clients.parent / "target" / "dependency-check-report.json").write_text('{"dependencies": []}')
    script(clients, name, body)
    kind = {"pip-audit": "python", "npm": "npm", "mvn": "maven"}[name]
    assert cli.main(["audit", kind]) == audit.NOT_ASKED
    said = capsys.readouterr().out
    assert why in said
    assert f"{kind}: NOBODY COULD BE ASKED" in said


def test_a_client_that_is_not_there_is_named(
    clients: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (clients / "mvn").unlink()
    monkeypatch.setenv("PATH", str(clients))
    assert cli.main(["audit", "maven"]) == audit.NOT_ASKED
    assert "mvn is not installed" in capsys.readouterr().out


def test_a_kind_that_there_is_not_is_refused() -> None:
    assert cli.main(["audit", "cobol"]) == 1


def test_the_real_pip_audit_fails_where_nobody_can_be_reached(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(components, "locks_of_environments", lambda: [components.LOCKS / "node.txt"])
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy"):
        monkeypatch.setenv(name, NOWHERE)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CACHE_DIR", str(tmp_path))
    assert cli.main(["audit", "python"]) == audit.NOT_ASKED
    assert "NOT ASKED: node.txt" in capsys.readouterr().out


@pytest.mark.skipif(not shutil.which("npm"), reason="npm is not installed")
def test_the_real_npm_fails_where_nobody_can_be_reached(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("npm_config_registry", NOWHERE)
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    monkeypatch.setenv("npm_config_cache", str(tmp_path))
    assert cli.main(["audit", "npm"]) == audit.NOT_ASKED
    assert "npm: NOBODY COULD BE ASKED" in capsys.readouterr().out
