"""What came of the requests of a flood, second by second."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from bench.figures import percentile

#: An answer that came later is of no use to anybody.
IN_TIME_S = 2.0


class Outcome(StrEnum):
    """What became of one request."""

    ACCEPTED = "accepted"
    LATE = "accepted too late"
    REFUSED_429 = "429"
    REFUSED_503 = "503"
    UNTOLD = "429/503 without Retry-After"
    FAILED = "another 5xx"
    WRONG = "another answer"
    RESET = "connection lost"
    SILENT = "no answer"


#: What somebody who is refused can make sense of.
REFUSED = frozenset({Outcome.REFUSED_429, Outcome.REFUSED_503})
#: What overload may do.
FINE = REFUSED | {Outcome.ACCEPTED}


def outcome_of(status: int, took_s: float, *, told: bool) -> Outcome:
    """Return what an answer means.

    Args:
        status: The answer's.
        took_s: Seconds since the request left.
        told: Whether a refusal says when to come again.
    """
    if 200 <= status < 300:
        return Outcome.ACCEPTED if took_s <= IN_TIME_S else Outcome.LATE
    if status in (429, 503):
        if not told:
            return Outcome.UNTOLD
        return Outcome.REFUSED_429 if status == 429 else Outcome.REFUSED_503
    return Outcome.FAILED if status >= 500 else Outcome.WRONG


@dataclass
class Second:
    """What came in one second: counts by outcome, and how long what was accepted took."""

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    took: list[float] = field(default_factory=list)

    @property
    def refused(self) -> int:
        """How many were refused as they should be."""
        return sum(self.outcomes[each] for each in REFUSED)


@dataclass
class PhaseTally:
    """A phase of a flood.

    Attributes:
        rate: What was to be offered a second; None for a closed loop.
        offered: Requests that left.
        no_connection: Arrivals that found no connection free, and did not leave.
        no_door: Connections that were not let in.
        closed_idle: Connections that the server closed while nothing was under way.
        most_behind: By how many requests the driver was late at the most.
        cpu_s: The driver's own processor time, in `wall_s` of time.
    """

    name: str
    seconds: float
    rate: float | None
    offered: int = 0
    no_connection: int = 0
    no_door: int = 0
    closed_idle: int = 0
    most_behind: int = 0
    cpu_s: float = 0.0
    wall_s: float = 0.0
    by_second: list[Second] = field(default_factory=list)
    by_kind: Counter[tuple[str, Outcome]] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)

    def answered(self, kind: str, at_s: float, status: int, took_s: float, *, told: bool) -> None:
        """Count an answer that came `at_s` after the phase began and `took_s` after its request left."""
        outcome = outcome_of(status, took_s, told=told)
        self.statuses[status] += 1
        second = self._count(kind, at_s, outcome)
        if outcome is Outcome.ACCEPTED:
            second.took.append(took_s)

    def lost(self, kind: str, at_s: float, outcome: Outcome) -> None:
        """Count a request that got no answer."""
        self._count(kind, at_s, outcome)

    def _count(self, kind: str, at_s: float, outcome: Outcome) -> Second:
        self.by_kind[kind, outcome] += 1
        at = int(at_s)
        while len(self.by_second) <= at:
            self.by_second.append(Second())
        self.by_second[at].outcomes[outcome] += 1
        return self.by_second[at]

    @property
    def outcomes(self) -> Counter[Outcome]:
        """Counts of the whole phase."""
        return sum((each.outcomes for each in self.by_second), Counter[Outcome]())

    @property
    def goodput(self) -> float:
        """What was accepted in time, a second."""
        return self.outcomes[Outcome.ACCEPTED] / self.seconds

    @property
    def took(self) -> list[float]:
        """How long each of these took."""
        return [each for second in self.by_second for each in second.took]

    @property
    def unfair(self) -> dict[str, int]:
        """What overload may not do, by what it is."""
        return {str(outcome): count for outcome, count in self.outcomes.items() if outcome not in FINE}

    @property
    def driver_share(self) -> float:
        """How much of one core the driver took."""
        return self.cpu_s / self.wall_s if self.wall_s else 0.0


def recovered_after(before: Iterable[Second], after: Sequence[Second], calm: int = 3) -> float | None:
    """Return after how many seconds `after` is like `before`: `calm` seconds in a row.

    A second is like those before when nothing is refused or fails in it, and its p99 is no more than twice the worst
    of theirs.

    Returns:
        The seconds until the calm began, or None where it never came.
    """
    worst = max((percentile(each.took, 0.99) for each in before if each.took), default=0.0)
    in_a_row = 0
    for at, second in enumerate(after):
        in_a_row = in_a_row + 1 if _is_calm(second, worst) else 0
        if in_a_row == calm:
            return float(at + 1 - calm)
    return None


def _is_calm(second: Second, worst_p99: float) -> bool:
    only_accepted = set(second.outcomes) == {Outcome.ACCEPTED}
    return only_accepted and percentile(second.took, 0.99) <= 2 * worst_p99
