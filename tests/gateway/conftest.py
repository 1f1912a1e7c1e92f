"""A running stack, and people in it. `CHARLA_URL` says where; without one these tests are skipped."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from client import Person, Reply, WebSocket, ask, base_url  # noqa: E402


def _answers() -> bool:
    try:
        return ask("GET", "/readyz").status in (200, 404)
    except OSError:
        return False


@pytest.fixture(scope="session")
def stack() -> str:
    """The address of the running stack."""
    if not _answers():
        if "CHARLA_URL" in os.environ:
            pytest.fail(f"nothing answers at {base_url()}")
        pytest.skip("no stack is running")
    return base_url()


@pytest.fixture(scope="session")
def new_person(stack: str) -> Callable[[str], Person]:
    """Makes an account and signs in."""

    def make(name: str = "p") -> Person:
        return Person.register(f"{name}{secrets.token_hex(5)}")

    return make


@pytest.fixture(scope="session")
def ana(new_person: Callable[[str], Person]) -> Person:
    return new_person("ana")


@pytest.fixture(scope="session")
def ben(new_person: Callable[[str], Person]) -> Person:
    return new_person("ben")


@pytest.fixture(scope="session")
def eve(new_person: Callable[[str], Person]) -> Person:
    """Somebody who is a member of nothing."""
    return new_person("eve")


@pytest.fixture
def group(ana: Person, ben: Person) -> str:
    """A group of Ana (owner) and Ben."""
    return ana.make_group([ben])


@pytest.fixture
def open_socket(stack: str) -> Iterator[Callable[[Person], WebSocket]]:
    """Opens WebSockets that are closed after the test."""
    opened: list[WebSocket] = []

    def connect(person: Person, device: str = "") -> WebSocket:
        opened.append(WebSocket.signed_in(person, device))
        return opened[-1]

    yield connect
    for socket in opened:
        socket.close()


@pytest.fixture(scope="session")
def unknown_id() -> str:
    return str(uuid.UUID(int=7))


__all__ = ["Any", "Reply", "subprocess"]
