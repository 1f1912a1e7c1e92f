"""A seed says which faults come, and in which order; every kind has its turn."""

from __future__ import annotations

from itertools import islice

from drill.faults import KINDS, RARE, TARGETS, Fault, plan, quick


def test_the_same_seed_gives_the_same_faults() -> None:
    assert list(islice(plan(4711), 200)) == list(islice(plan(4711), 200))
    assert quick(4711) == quick(4711)


def test_another_seed_gives_other_faults() -> None:
    assert list(islice(plan(1), 50)) != list(islice(plan(2), 50))
    assert quick(1) != quick(2)


def test_every_program_meets_every_kind_and_the_others_come_between_them() -> None:
    faults = list(islice(plan(1), len(KINDS) * len(TARGETS) * 3 // 2))
    assert {fault.program for fault in faults if fault.kind in KINDS} == set(TARGETS)
    assert {fault.kind for fault in faults[: 3 * len(RARE)]} >= set(RARE)


def test_a_quick_drill_has_each_kind() -> None:
    assert {fault.kind for fault in quick(1)} == {*KINDS, *RARE}


def test_a_fault_says_what_it_does() -> None:
    assert str(Fault("cut", "payments", 3.0, "postgres")) == "cut payments from postgres 3.0 s"
    assert str(Fault("skew", "ads", 4.5, "-40")) == "skew ads by -40 4.5 s"
    assert str(Fault("flush", "redis")) == "flush redis"
