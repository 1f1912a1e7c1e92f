"""What the stores of the three machines are told, where one setting has to suit another."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from drill.cluster import broker_nodes, consensus, database_nodes
from drill.cluster.machines import Machine, Network
from stack.rundir import RunDir


@pytest.fixture
def network(tmp_path: Path) -> Network:
    return Network(RunDir(tmp_path))


def test_an_election_of_etcd_is_over_before_the_leader_of_postgresql_gives_up() -> None:
    longest_ms = 2 * consensus.ELECTION_MS
    assert longest_ms < 1_000 * database_nodes.RETRY_S


def test_patroni_takes_its_times_as_they_are() -> None:
    fewest = 20  # Patroni takes no fewer, and changes what does not suit
    assert fewest <= database_nodes.TTL_S
    assert database_nodes.LOOP_S + 2 * database_nodes.RETRY_S <= database_nodes.TTL_S


def test_a_member_of_etcd_that_was_cut_off_deposes_nobody(network: Network, tmp_path: Path) -> None:
    for machine in network.machines:
        assert "--pre-vote" in consensus.member(machine, network.machines, RunDir(tmp_path)).command


@pytest.mark.parametrize("ask", [broker_nodes.halt, lambda machine, run: broker_nodes.is_hung(machine, 3, run)])
def test_what_is_asked_of_erlang_is_whole(
    monkeypatch: pytest.MonkeyPatch, network: Network, ask: Callable[[Machine, RunDir], object], tmp_path: Path
) -> None:
    """It takes a form for unfinished until the line ends after its full stop, and answers nothing."""
    asked = list[str]()

    def run(_command: object, *, input: str, **_more: object) -> subprocess.CompletedProcess[str]:  # noqa: A002
        asked.append(input)
        return subprocess.CompletedProcess([], 0, "{ok, true}", "")

    monkeypatch.setattr(broker_nodes.subprocess, "run", run)
    ask(network.machines[0], RunDir(tmp_path))
    assert asked
    assert all(each.endswith(".\n") for each in asked)
