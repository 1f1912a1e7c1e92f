"""What a fault cost: from the moments of what was acknowledged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from drill.cluster.load import Moment


class Cost(NamedTuple):
    """In seconds, from the fault on.

    Attributes:
        first: Until a message that was begun after the fault was acknowledged.
        everybody: Until each writer had one.
        silence: The longest time in which nobody had anything acknowledged.
        gap_p99: The 99th percentile of the times between two acknowledgments of a writer.
        acknowledged: How many there were.
    """

    first: float | None
    everybody: float | None
    silence: float
    gap_p99: float
    acknowledged: int


def cost(moments: Sequence[Moment], writers: int, since: float, until: float) -> Cost:
    """Return what happened between two moments of the clock, of which the first is the fault."""
    within = [each for each in moments if since <= each.acknowledged <= until]
    fresh: dict[int, float] = {}
    for each in within:
        if each.began > since:
            fresh.setdefault(each.writer, each.acknowledged - since)
    by_writer: dict[int, list[float]] = defaultdict(list)
    for each in within:
        by_writer[each.writer].append(each.acknowledged)
    gaps = sorted(gap for number in range(writers) for gap in _gaps(by_writer[number], since, until))
    return Cost(
        first=min(fresh.values(), default=None),
        everybody=max(fresh.values()) if len(fresh) == writers else None,
        silence=max(_gaps(sorted(each.acknowledged for each in within), since, until)),
        gap_p99=gaps[min(len(gaps) - 1, int(len(gaps) * 0.99))],
        acknowledged=len(within),
    )


def _gaps(times: Sequence[float], since: float, until: float) -> list[float]:
    points = [since, *times, until]
    return [after - before for before, after in zip(points, points[1:], strict=False)]
