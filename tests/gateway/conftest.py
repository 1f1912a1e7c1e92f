"""A running stack, and people in it. `CHARLA_URL` says where; without one these tests are skipped."""

from __future__ import annotations

import os
import secrets
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from client import Person, WebSocket, ask, base_url  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs the running stack."""
    for item in items:
        if "stack" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.stack)


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
def environment_of(stack: str) -> Callable[[str], dict[str, str]]:
    """Returns the environment of a service of the stack, for a job of its own."""
    from stack.environment import read

    run_folder = Path(os.environ.get("CHARLA_RUN_DIR", ROOT / ".run"))
    return lambda service: dict(read(run_folder / "env" / f"{service}.env"))


@pytest.fixture(scope="session")
def make_admin(stack: str) -> Callable[[Person], Person]:
    """Makes a person an administrator, and signs them in again."""
    from stack.running import load

    def make(person: Person) -> Person:
        load().make_admin(person.username)
        return Person.login(person.username)

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


@pytest.fixture(scope="session")
def shared_group(ana: Person, ben: Person) -> str:
    """A group for tests that change nothing in it."""
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
