"""How long each part takes to be whole again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from time import monotonic

from drill.cluster.mending import whole


def _says(*answers: bool) -> Callable[[], bool]:
    """Return a part that answers so in turn, and its last answer from then on."""
    left: Iterable[bool] = iter(answers)
    return lambda: next(left, answers[-1])  # type: ignore[call-overload, no-any-return]


def test_each_part_has_its_own_time() -> None:
    found = asyncio.run(whole({"slow": _says(False, False, True), "quick": _says(True)}, monotonic(), 60.0))
    assert found["quick"] is not None
    assert found["slow"] is not None
    assert found["quick"] < found["slow"]


def test_a_part_that_stays_away_is_told() -> None:
    found = asyncio.run(whole({"away": _says(False), "there": _says(True)}, monotonic(), 1.0))
    assert found["away"] is None
    assert found["there"] is not None


def test_all_have_to_be_whole_together() -> None:
    parts = {"comes and goes": _says(True, False, False, True), "slow": _says(False, True)}
    found = asyncio.run(whole(parts, monotonic(), 60.0))
    assert found["comes and goes"] is not None
    assert found["slow"] is not None
    assert found["comes and goes"] > found["slow"]
