"""What a fault cost, from the clocks of writers."""

from __future__ import annotations

import pytest

from drill.cluster.faults import ALL, QUICK, Fault
from drill.cluster.load import Moment
from drill.cluster.machines import NAMES
from drill.cluster.measure import cost


def test_first_write_is_one_that_was_begun_after_the_fault() -> None:
    moments = [Moment(0, 9.5, 10.5), Moment(0, 11.0, 13.0), Moment(1, 12.0, 17.0)]
    found = cost(moments, writers=2, since=10.0, until=20.0)
    assert (found.first, found.everybody) == (3.0, 7.0)


def test_somebody_without_a_write_keeps_it_from_being_over() -> None:
    assert cost([Moment(0, 11.0, 13.0)], writers=2, since=10.0, until=20.0).everybody is None


def test_nothing_at_all_is_one_silence() -> None:
    found = cost([], writers=2, since=10.0, until=20.0)
    assert (found.first, found.silence, found.gap_p99, found.acknowledged) == (None, 10.0, 10.0, 0)


def test_silence_counts_all_writers_and_gaps_each() -> None:
    moments = [Moment(0, 10.0, 12.0), Moment(1, 10.0, 14.0), Moment(0, 10.0, 16.0)]
    found = cost(moments, writers=2, since=10.0, until=17.0)
    assert found.silence == 2.0
    assert found.gap_p99 == 4.0


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("way", ["kill", "cut"])
def test_each_machine_is_killed_and_cut(way: str, name: str) -> None:
    assert Fault(way, "machine", name) in ALL  # type: ignore[arg-type]


@pytest.mark.parametrize("what", ["rabbitmq", "postgres", "redis", "gateway"])
def test_each_kind_of_server_is_killed_and_cut(what: str) -> None:
    assert {each.way for each in ALL if each.what == what} == {"kill", "cut"}
    assert what in {each.what for each in QUICK}


@pytest.mark.parametrize("way", ["kill", "cut"])
def test_the_machine_of_the_leader_is_struck_wherever_it_is(way: str) -> None:
    """A leader leaves a machine only when that is struck; so a whole round of one way meets it."""
    struck = [(each.way, each.where) for each in ALL if each.what == "machine"]
    begin = struck.index((way, NAMES[0]))  # type: ignore[arg-type]
    assert struck[begin : begin + len(NAMES)] == [(way, name) for name in NAMES]


def test_only_a_server_that_was_killed_is_back_at_once() -> None:
    assert {each.what for each in ALL if each.is_brief}.isdisjoint({"machine"})
    assert all(each.way == "kill" for each in ALL if each.is_brief)
