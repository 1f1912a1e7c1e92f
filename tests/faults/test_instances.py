"""A second gateway joins, ends and dies under load: Nginx follows the registry, and no request is lost."""

from __future__ import annotations

import secrets
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest
import requests

from stack import scaling
from stack.launch import is_dead
from stack.lifecycle import Stack
from stack.rundir import RunDir
from stack.running import RunningStack
from tests.e2e.people import Person

pytestmark = pytest.mark.faults

SECOND = "gateway-2"


@dataclass
class Load:
    """Somebody who reads and writes all the time, and what they were answered."""

    person: Person
    room: str
    statuses: list[int] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    _ending: threading.Event = field(default_factory=threading.Event)

    def run(self, *, writes: bool) -> None:
        """Ask on until told to end."""
        while not self._ending.is_set():
            try:
                if writes:
                    text = secrets.token_hex(8)
                    answer = self.person.write(self.room, text)
                    self.written += [text] if answer.status_code == 201 else []
                else:
                    answer = self.person.ask("GET", "/conversations")
                self.statuses.append(answer.status_code)
                self.refused += [] if answer.ok else [f"{answer.status_code} {answer.text[:300]}"]
            except requests.RequestException as failure:
                self.statuses.append(0)
                self.refused.append(repr(failure))

    def end(self) -> None:
        """Ask no more."""
        self._ending.set()


@contextmanager
def load(person: Person, room: str, *, writes: bool) -> Iterator[Load]:
    """Two who ask all the time, while the block runs."""
    asked = Load(person, room)
    threads = [threading.Thread(target=asked.run, kwargs={"writes": writes}) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        yield asked
    finally:
        asked.end()
        for thread in threads:
            thread.join(60)


@pytest.fixture(scope="module")
def two_gateways(stack: RunningStack) -> Iterator[Stack]:
    """The stack with a second gateway, which is gone again afterwards."""
    if "discovery" not in stack.programs:
        pytest.skip("this stack has no registry")
    stack.wait_until_ready("discovery", seconds=120)
    yield _scaled(2)
    _scaled(1)


def _scaled(count: int) -> Stack:
    run = RunDir.current()
    scaling.remember(run, [f"gateway={count}"])
    changed = Stack(run, say=lambda _line: None)
    changed.up()
    return changed


def _upstream(stack: Stack) -> str:
    return Path(stack.run.path / "nginx" / "upstreams" / "gateway.conf").read_text()


def _family(stack: Stack) -> list[int]:
    """The second gateway's processes: the one that is watched, and its workers."""
    master = psutil.Process(stack.supervisor.pid(SECOND))
    return [each.pid for each in (master, *master.children(recursive=True))]


def _listed(running: RunningStack, stack: Stack, *, is_there: bool) -> bool:
    """Whether Nginx's list comes to have the second gateway, or not to."""
    return running.wait_for(lambda: (f":{stack.ports[SECOND]} " in _upstream(stack)) == is_there, 90)


@pytest.fixture
def person(stack: RunningStack) -> Person:
    return Person.register(stack.url, "instances")


@pytest.fixture
def room(person: Person) -> str:
    other = Person.register(person.url, "other")
    answer = person.ask("POST", "/conversations", {"kind": "group", "title": "Two", "member_ids": [other.id]})
    return str(answer.json()["id"])


def test_one_that_ends_and_comes_back_loses_no_request(
    stack: RunningStack, two_gateways: Stack, person: Person, room: str
) -> None:
    assert _listed(stack, two_gateways, is_there=True)
    with load(person, room, writes=True) as asked:
        two_gateways.supervisor.stop(SECOND)
        assert _listed(stack, two_gateways, is_there=False)
        two_gateways.supervisor.start(SECOND)
        assert _listed(stack, two_gateways, is_there=True)
    assert not asked.refused
    page = person.get(f"/conversations/{room}/messages", limit=100)["items"]
    assert [each["text"] for each in page] == asked.written[-100:] or len(asked.written) > 100
    assert {each["text"] for each in page} <= set(asked.written)


def test_one_that_is_killed_is_passed_over(stack: RunningStack, two_gateways: Stack, person: Person, room: str) -> None:
    assert _listed(stack, two_gateways, is_there=True)
    with load(person, room, writes=False) as asked:
        victims = _family(two_gateways)
        two_gateways.supervisor.signal(SECOND, signal.SIGKILL)
        assert stack.wait_for(lambda: len(asked.statuses) > 20, 60)
    assert not asked.refused
    # Its workers outlive it for a moment; whoever writes to them then may not know whether it was done.
    assert stack.wait_for(lambda: all(is_dead(each) for each in victims), 60)
    assert stack.wait_for(lambda: two_gateways.is_ready(SECOND), 60)


def test_while_the_registry_is_away_the_last_list_goes_on_serving(
    stack: RunningStack, two_gateways: Stack, person: Person, room: str
) -> None:
    assert _listed(stack, two_gateways, is_there=True)
    before = _upstream(two_gateways)
    two_gateways.supervisor.stop("discovery")
    try:
        with load(person, room, writes=True) as asked:
            assert stack.wait_for(lambda: len(asked.statuses) > 50, 60)
        assert not asked.refused
        assert _upstream(two_gateways) == before
    finally:
        two_gateways.supervisor.start("discovery")
    stack.wait_until_ready("discovery", seconds=120)
