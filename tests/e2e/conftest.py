"""A running Charla, and two people in it with a room. `CHARLA_URL` says where; without one these tests are skipped."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest

from tests.e2e.moderators import make_moderator
from tests.e2e.people import Person, Socket


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs the running stack, and leave the supervisor's sockets to the garbage collector."""
    for item in items:
        if "e2e" in item.path.parts:
            item.add_marker(pytest.mark.stack)
            item.add_marker(pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"))


@pytest.fixture(scope="session")
def url() -> str:
    """Where Charla is, such as http://127.0.0.1:8080."""
    if "CHARLA_URL" not in os.environ:
        pytest.skip("CHARLA_URL names no running Charla")
    return os.environ["CHARLA_URL"]


@pytest.fixture
def person(url: str) -> Callable[[str], Person]:
    """Makes people."""

    return lambda name: Person.register(url, name)


@pytest.fixture
def ana(person: Callable[[str], Person]) -> Person:
    return person("ana")


@pytest.fixture
def ben(person: Callable[[str], Person]) -> Person:
    return person("ben")


@pytest.fixture
def room(ana: Person, ben: Person) -> str:
    """A group that Ana owns and Ben is in."""
    answer = ana.ask("POST", "/conversations", {"kind": "group", "title": "Two", "member_ids": [ben.id]})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


@pytest.fixture
def screen(ben: Person, room: str) -> Iterator[Socket]:
    """Ben's open socket."""
    opened = ben.socket()
    yield opened
    opened.close()


@pytest.fixture
def moderator(url: str) -> Person:
    return make_moderator(url)
