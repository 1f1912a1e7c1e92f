"""Whose word on the client's address is taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway_flask import auth
from gateway_flask.options import Options

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _proxies(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    found = Options.from_environment({"GATEWAY_TRUSTED_PROXIES": "127.0.0.1,,10.42.0.0/16,fd00::/8"})
    monkeypatch.setattr(auth, "options", lambda: found)
    auth._is_trusted.cache_clear()
    yield
    auth._is_trusted.cache_clear()


@pytest.mark.parametrize("peer", ["127.0.0.1", "", "10.42.3.9", "fd00::17"])
def test_a_proxy_of_ours_says_who_the_client_is(peer: str) -> None:
    environ = {"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": "198.51.100.1, 203.0.113.7"}
    assert auth.client_address(environ) == "203.0.113.7"


@pytest.mark.parametrize("peer", ["127.0.0.2", "10.43.0.1", "fe80::1"])
def test_nobody_else_does(peer: str) -> None:
    assert auth.client_address({"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": "203.0.113.7"}) == peer
