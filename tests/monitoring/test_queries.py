"""Dashboards, alerts and recorded rules read nothing but what is there."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from monitoring.grafana import build
from tests.monitoring.seen import GRAFANA, PROMETHEUS, ROOT, names_of, rules

DASHBOARDS = sorted((GRAFANA / "dashboards").glob("*.json"))
ALERTS = ROOT / "docs" / "operations" / "alerts.md"
SCRAPED = ["prometheus.yml", "eureka.yml"]


def queries_in(dashboard: dict[str, Any]) -> list[str]:
    return [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ('sum by (le) (rate(a_bucket{x="y:z"}[5m]))', {"a_bucket"}),
        ("gateway:errors:ratio5m > 0.02", {"gateway:errors:ratio5m"}),
        ("(sum(rate(a_total[5m])) or vector(0)) / (b:c:d > 0)", {"a_total", "b:c:d"}),
        ('topk(8, a{b=~"c"} > 0) / on (x) max without (y) (d)', {"a", "d"}),
    ],
)
def test_names_of_a_query_are_found(query: str, names: set[str]) -> None:
    assert names_of(query) == names


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_dashboard_reads_what_is_exposed(path: Path, exposed: set[str]) -> None:
    queries = queries_in(json.loads(path.read_text()))
    assert queries
    assert {name for query in queries for name in names_of(query)} - exposed == set()


@pytest.mark.parametrize("file", ["alerts.yml", "recording.yml"])
def test_rules_read_what_is_exposed(file: str, exposed: set[str]) -> None:
    assert {name for rule in rules(file) for name in names_of(rule["expr"])} - exposed == set()


def test_dashboards_are_those_of_their_program() -> None:
    """Run `python monitoring/grafana/build.py` after a change of it."""
    assert {path.stem: path.read_text() for path in DASHBOARDS} == {name: build.text(name) for name in build.DASHBOARDS}


def test_every_alert_has_its_paragraph_and_every_paragraph_its_alert() -> None:
    told = {rule["alert"]: rule["annotations"]["runbook_url"] for rule in rules("alerts.yml")}
    written = [line.removeprefix("## ") for line in ALERTS.read_text().splitlines() if line.startswith("## ")]
    assert sorted(told) == sorted(written)
    assert told == {name: f"docs/operations/alerts.md#{name.lower()}" for name in told}


def test_every_alert_says_how_urgent_it_is() -> None:
    assert {rule["labels"]["severity"] for rule in rules("alerts.yml")} == {"critical", "warning"}


@pytest.fixture(scope="session")
def promtool(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Prometheus' own checker: the system's, or the one in Debian's package, which is unpacked and not installed."""
    kept = ROOT / ".run" / "tools" / "promtool"
    found = shutil.which("promtool") or (str(kept) if kept.exists() else None)
    return found or _fetched(tmp_path_factory.mktemp("prometheus"), kept)


def _fetched(folder: Path, kept: Path) -> str:
    try:
        _run(["apt-get", "download", "prometheus"], folder)
        (package,) = folder.glob("prometheus_*.deb")
        _run(["dpkg", "-x", str(package), "unpacked"], folder)
        kept.parent.mkdir(parents=True, exist_ok=True)
        fresh = kept.with_name(f"{folder.name}-promtool")
        shutil.copy2(folder / "unpacked" / "usr" / "bin" / "promtool", fresh)
        fresh.replace(kept)
    except (OSError, subprocess.SubprocessError, ValueError) as why:
        pytest.skip(f"promtool is not here, and Debian's package cannot be fetched: {why}")
    return str(kept)


def _run(command: list[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout + done.stderr


@pytest.mark.parametrize("file", SCRAPED)
def test_promtool_takes_the_settings(promtool: str, file: str, tmp_path: Path) -> None:
    shutil.copytree(PROMETHEUS, tmp_path / "prometheus")
    (tmp_path / "prometheus" / "eureka-password").write_text("secret")
    assert "SUCCESS" in _run([promtool, "check", "config", file], tmp_path / "prometheus")


def test_promtool_finds_each_rule_right(promtool: str) -> None:
    assert "SUCCESS" in _run([promtool, "test", "rules", "alerts_test.yml"], PROMETHEUS)
