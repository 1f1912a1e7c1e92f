"""Strict-Transport-Security: a year, below the name too where its operator said so, and never on localhost."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from plumbing import https
from plumbing.settings import Settings, settings

_NAME = "Strict-Transport-Security"


@pytest.fixture(autouse=True)
def _settings_are_read_anew() -> Iterator[None]:
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.mark.parametrize(
    ("said", "told"),
    [(None, "max-age=31536000"), ("off", "max-age=31536000"), ("on", "max-age=31536000; includeSubDomains")],
)
def test_browsers_keep_to_https_for_a_year(said: str | None, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HSTS_SUBDOMAINS", raising=False)
    if said:
        monkeypatch.setenv("HSTS_SUBDOMAINS", said)
    assert https.headers("https://chat.example.org") == [(_NAME, told)]


@pytest.mark.parametrize("url", ["http://chat.example.org", "https://localhost", "https://localhost:8080"])
def test_nothing_is_said_where_that_would_lock_people_out(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HSTS_SUBDOMAINS", "on")
    assert https.headers(url) == []


@pytest.mark.parametrize("said", ["", "yes", "ON", "true"])
def test_another_word_than_on_and_off_is_refused(said: str) -> None:
    with pytest.raises(ValueError, match="HSTS_SUBDOMAINS is on or off"):
        Settings.from_environment({"HSTS_SUBDOMAINS": said})
