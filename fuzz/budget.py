"""How long a part may go on, and the dice that it throws."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from time import monotonic
from typing import TypeVar

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

T = TypeVar("T")
#: Cases of one throw of hypothesis: the next one has other numbers.
_THROW = 200


@dataclass
class Budget:
    """A part's time; what it does in it follows from the seed alone.

    Args:
        seconds: How long. What was begun is finished.
        seed: The same one makes the same cases, in the same order.
    """

    seconds: float
    seed: int
    _ends: float = field(init=False)

    def __post_init__(self) -> None:
        self._ends = monotonic() + self.seconds

    @property
    def left(self) -> float:
        """Seconds that are left; less than nothing once it is over."""
        return self._ends - monotonic()

    def dice(self, name: str) -> random.Random:
        """Return dice of one's own."""
        return random.Random(f"{self.seed} {name}")

    def explore(self, strategy: st.SearchStrategy[T], act: Callable[[T], None], share: float = 1.0) -> None:
        """Do something with one value of the strategy after the other, for a share of what is left of the time."""
        ends = monotonic() + max(0.0, self.left) * share
        for number in self._throws():
            _throw(strategy, act, self.seed + number, ends)
            if monotonic() >= ends:
                return

    def _throws(self) -> Iterator[int]:
        number = 0
        while True:
            yield number
            number += 1


def _throw(strategy: st.SearchStrategy[T], act: Callable[[T], None], number: int, ends: float) -> None:
    """Draw values; nothing is shrunk, as whoever fails is noted and not raised."""

    @seeded(number)
    @settings(
        max_examples=_THROW,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def throw(value: T) -> None:
        if monotonic() < ends:
            act(value)

    throw()
