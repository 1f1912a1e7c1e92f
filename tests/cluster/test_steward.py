"""What looks after a machine's stores."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from drill.cluster import broker_nodes, cache_nodes
from drill.cluster.cache_nodes import Place
from drill.cluster.machines import Network
from drill.cluster.steward import HUNG_S, Lasting, Steward
from stack.rundir import RunDir
from tests.cluster.conftest import HOST, OPERATOR, free_port

SECRET = "x" * 16
#: A key of the first third of all slots.
_HERE = "b"


class Clock:
    """One that goes when told."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_fact_has_to_last() -> None:
    clock = Clock()
    lasting = Lasting(10.0, clock)
    assert not lasting.is_due(True)
    clock.now = 9.0
    assert not lasting.is_due(True)
    clock.now = 10.0
    assert lasting.is_due(True)
    assert not lasting.is_due(True), "what is done is not done again at once"


def test_a_fact_that_was_not_so_in_between_begins_anew() -> None:
    clock = Clock()
    lasting = Lasting(10.0, clock)
    assert [lasting.is_due(each) for each in (True, False)] == [False, False]
    clock.now = 10.0
    assert not lasting.is_due(True)


@pytest.mark.parametrize(("hangs", "ended"), [(True, ["north"]), (False, [])])
def test_a_broker_that_hangs_is_ended_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, hangs: bool, ended: list[str]
) -> None:
    clock, halted = Clock(), list[str]()
    monkeypatch.setattr(broker_nodes, "is_hung", lambda _machine, _size, _run: hangs)
    monkeypatch.setattr(broker_nodes, "halt", lambda machine, _run: halted.append(machine.name))
    run = RunDir(tmp_path)
    steward = Steward(Network(run).machines[0], run)
    monkeypatch.setattr(steward, "_hangs", Lasting(HUNG_S, clock))
    for clock.now in (0.0, HUNG_S / 2, HUNG_S, HUNG_S + 1):
        steward._look_at_broker()
    assert halted == ended


@pytest.fixture
def master_and_copy(tmp_path: Path) -> Iterator[tuple[Any, Any]]:
    """Return the clients of a master and of its copy; two more masters make a cluster of them."""
    places = [Place(HOST, free_port(), free_port()) for _ in range(4)]
    with ExitStack() as ending:
        for place in places:
            server = _server(tmp_path / str(place.port), place)
            ending.callback(server.wait)
            ending.callback(server.kill)
        cache_nodes.form(places[:3], {places[3]: places[0]}, OPERATOR, SECRET)
        clients = [cache_nodes.client(each, OPERATOR, SECRET) for each in (places[0], places[3])]
        for each in clients:
            ending.enter_context(each)
        yield clients[0], clients[1]


def _server(folder: Path, place: Place) -> subprocess.Popen[bytes]:
    program = shutil.which("redis-server")
    assert program is not None
    folder.mkdir()
    settings = cache_nodes.settings(place, str(folder), {OPERATOR: SECRET}, OPERATOR, 2_000)
    (folder / "redis.conf").write_text(settings)
    with (folder / "log").open("wb") as log:
        return subprocess.Popen([program, str(folder / "redis.conf")], stdout=log, stderr=log)


def _until(fact: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not fact():
        assert time.monotonic() < end
        time.sleep(0.05)


def _hand_over(copy: Any, master: Any) -> None:
    """Ask until it is done: servers that know each other since a moment ago take no notice, and vote rarely."""
    again = Lasting(3.0)

    def is_done() -> bool:
        if cache_nodes.is_in_step(master):
            return True
        if again.is_due(cache_nodes.is_in_step(copy)):
            cache_nodes.take_over(copy)
        return False

    _until(is_done)


def test_a_master_that_was_replaced_comes_home_with_what_it_missed(master_and_copy: tuple[Any, Any]) -> None:
    first, second = master_and_copy
    assert not cache_nodes.is_in_step(first), "a master is nobody's copy"
    _hand_over(second, first)
    second.set(_HERE, "written meanwhile")
    _hand_over(first, second)
    assert first.get(_HERE) == "written meanwhile"
