import json
import socket
from pathlib import Path

import pytest

from stack import ports
from stack.rundir import RunDir
from stack.topology import PORTS


@pytest.fixture(autouse=True)
def _own_books(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sets no port aside on the machine itself."""
    monkeypatch.setattr(ports, "_BOOKS", tmp_path / "books")


def test_every_name_gets_a_port_of_its_own(tmp_path: Path) -> None:
    chosen = ports.choose(RunDir(tmp_path), keep_taken=False)
    assert set(chosen) == set(PORTS)
    assert len(set(chosen.values())) == len(PORTS)


def test_the_choice_is_remembered(tmp_path: Path) -> None:
    run = RunDir(tmp_path)
    first = ports.choose(run, keep_taken=False)
    assert ports.choose(run, keep_taken=False) == first == ports.remembered(run)


def test_a_port_that_somebody_else_took_is_left_to_them(tmp_path: Path) -> None:
    run = RunDir(tmp_path)
    first = ports.choose(run, keep_taken=False)
    with socket.socket() as other:
        other.bind(("127.0.0.1", first["redis"]))
        other.listen()
        second = ports.choose(run, keep_taken=False)
    assert second["redis"] != first["redis"]
    assert {name for name in first if first[name] != second[name]} == {"redis"}


def test_a_running_stack_keeps_the_ports_that_it_uses_itself(tmp_path: Path) -> None:
    run = RunDir(tmp_path)
    first = ports.choose(run, keep_taken=False)
    with socket.socket() as own:
        own.bind(("127.0.0.1", first["redis"]))
        own.listen()
        assert ports.choose(run, keep_taken=True) == first


def test_a_name_that_is_new_gets_a_port_beside_the_remembered_ones(tmp_path: Path) -> None:
    run = RunDir(tmp_path)
    first = ports.choose(run, keep_taken=False)
    older = {name: port for name, port in first.items() if name != "gateway"}
    (tmp_path / "ports.json").write_text(json.dumps(older))
    assert ports.choose(run, keep_taken=False) == first


def test_two_stacks_that_are_made_at_the_same_time_get_different_ports(tmp_path: Path) -> None:
    stacks = [RunDir(tmp_path / str(number)) for number in range(40)]
    chosen = [port for run in stacks for port in ports.choose(run, keep_taken=False).values()]
    assert len(set(chosen)) == len(chosen)
