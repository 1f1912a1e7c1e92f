"""Both doors tell browsers for how long, and for which names, they keep to HTTPS."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from gateway_flask.edge import Edge
from plumbing.settings import settings
from svc_media.door.http import Request
from svc_media.door.origins import Origins
from svc_media.options import options

TOLD = ("Strict-Transport-Security", "max-age=31536000; includeSubDomains")


@pytest.fixture(autouse=True)
def _an_installation_that_keeps_to_https(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("PUBLIC_URL", "https://chat.example.org")
    monkeypatch.setenv("MEDIA_URL", "https://media.example.org")
    monkeypatch.setenv("HSTS_SUBDOMAINS", "on")
    settings.cache_clear()
    options.cache_clear()
    yield
    settings.cache_clear()
    options.cache_clear()


def _asked(path: str) -> dict[str, Any]:
    return {"PATH_INFO": path, "REQUEST_METHOD": "GET"}


def test_the_gateway_says_so_whoever_answers() -> None:
    heard: list[list[tuple[str, str]]] = []

    def start(_status: str, headers: list[tuple[str, str]]) -> None:
        heard.append(headers)

    def inner(_environ: dict[str, Any], start_response: Any) -> tuple[bytes]:
        start_response("200 OK", [])
        return (b"",)

    edge = Edge(inner, {}, inner)
    edge(_asked("/v1/users/me"), start)
    edge(_asked("/\0"), start)  # refused before anybody is asked
    assert [TOLD in headers for headers in heard] == [True, True]


def test_so_does_the_door_of_media() -> None:
    assert TOLD in Origins().headers(Request(_asked("/media/1")))
