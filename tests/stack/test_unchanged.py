"""A second `up` asks compose only where something differs from what the first one made."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest

from stack import compose, images
from stack.compose import Container
from stack.rundir import RunDir, write_private
from stack.unchanged import Unchanged


@dataclass
class Fake:
    id: str
    runs: bool = True


def containers(*ids: str) -> dict[str, Container]:
    return {f"program-{each}": cast("Container", Fake(each)) for each in ids}


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunDir:
    """What a first `up` left."""
    monkeypatch.delenv("CHARLA_GRAFANA_PORT", raising=False)
    monkeypatch.setattr(images, "known", lambda: {"charla/auth:mine": "1", "charla/auth:others": "1"})
    run = RunDir(tmp_path)
    write_private(run.folder("compose") / "settings.env", "CHARLA_DOOR=1\n")
    found = Unchanged(run, "mine", ["core"])
    assert not found.holds(containers("a", "b"))
    found.keep(containers("a", "b"))
    assert found.holds(containers("b", "a"))
    return run


@pytest.mark.parametrize("ids", [("a",), ("a", "c"), ("a", "b", "c"), ()])
def test_other_containers_are_a_change(kept: RunDir, ids: tuple[str, ...]) -> None:
    assert not Unchanged(kept, "mine", ["core"]).holds(containers(*ids))


def test_one_that_stopped_is(kept: RunDir) -> None:
    found = containers("a", "b") | {"program-b": cast("Container", Fake("b", runs=False))}
    assert not Unchanged(kept, "mine", ["core"]).holds(found)


def test_other_settings_are(kept: RunDir) -> None:
    write_private(kept.folder("compose") / "settings.env", "CHARLA_DOOR=2\n")
    assert not Unchanged(kept, "mine", ["core"]).holds(containers("a", "b"))


def test_another_profile_or_scale_is(kept: RunDir) -> None:
    assert not Unchanged(kept, "mine", ["core", "observability"]).holds(containers("a", "b"))


def test_a_variable_of_the_file_is(kept: RunDir, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHARLA_GRAFANA_PORT", "3001")
    assert not Unchanged(kept, "mine", ["core"]).holds(containers("a", "b"))


def test_another_file_is(kept: RunDir, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text("services: {}\n")
    monkeypatch.setattr(compose, "FILE", tmp_path / "compose.yaml")
    assert not Unchanged(kept, "mine", ["core"]).holds(containers("a", "b"))


def test_another_image_is_and_only_its_own(kept: RunDir, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "known", lambda: {"charla/auth:mine": "1", "charla/auth:others": "2"})
    assert Unchanged(kept, "mine", ["core"]).holds(containers("a", "b"))
    monkeypatch.setattr(images, "known", lambda: {"charla/auth:mine": "2", "charla/auth:others": "1"})
    assert not Unchanged(kept, "mine", ["core"]).holds(containers("a", "b"))
