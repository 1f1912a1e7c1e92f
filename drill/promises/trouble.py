"""When something was broken: time that no promise of haste counts."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf


@dataclass
class Trouble:
    """The spans from the moment a fault began until everything was seen to be well again.

    Attributes:
        spans: Beginnings and ends, in seconds of the monotonic clock, in order and apart.
    """

    spans: list[tuple[float, float]] = field(default_factory=list)

    def begins(self, at: float) -> None:
        """A fault is about to begin."""
        self.spans.append((at, inf))

    def ends(self, at: float) -> None:
        """All was seen to be well again."""
        self.spans[-1] = (self.spans[-1][0], at)

    def calm(self, since: float, until: float) -> float:
        """Return how many of the seconds between two moments lie outside of all spans."""
        away = sum(max(0.0, min(end, until) - max(begin, since)) for begin, end in self.spans)
        return max(0.0, until - since - away)
