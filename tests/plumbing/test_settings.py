"""The one place that reads configuration."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import pytest

from plumbing.settings import Settings, settings


def test_each_value_has_the_type_of_its_field() -> None:
    read = Settings.from_environment(
        {"HEALTH_PORT": "8001", "DRAIN_S": "2.5", "KEYS_DIR": "/some/where", "SERVICE_NAME": "auth"}
    )
    assert (read.health_port, read.drain_s, read.keys_dir, read.service_name) == (
        8001,
        2.5,
        Path("/some/where"),
        "auth",
    )
    assert all(
        isinstance(getattr(read, each.name), type(each.default)) for each in fields(Settings) if each.name != "keys_dir"
    )


def test_what_the_environment_lacks_keeps_its_default() -> None:
    assert Settings.from_environment({}) == Settings()


def test_number_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="soon"):
        Settings.from_environment({"HEALTH_PORT": "soon"})


def test_settings_are_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        Settings().health_port = 1  # type: ignore[misc]


def test_environment_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    before = settings()
    monkeypatch.setenv("HEALTH_PORT", "9999")
    assert settings() is before
