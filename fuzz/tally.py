"""What one part of a fuzz has done and found."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

#: So many different faults of a part are told; all are counted.
TOLD = 12


@dataclass
class Tally:
    """Counts cases, and collects what was wrong with them.

    Attributes:
        name: The part's.
        cases: How many requests, frames, messages or files there were.
        kinds: How they ended, for the report.
        wrong: What must not be, and how often.
        notes: What else is worth knowing.
    """

    name: str
    cases: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    def case(self, kind: str = "") -> None:
        """Count one."""
        self.cases += 1
        if kind:
            self.kinds[kind] += 1

    def fault(self, what: str) -> None:
        """Note what must not be."""
        self.wrong[what] += 1

    def demand(self, fact: bool, what: str) -> None:
        """Note a fault where the fact is not true."""
        if not fact:
            self.fault(what)

    def told(self) -> list[str]:
        """Return the faults as lines."""
        lines = [f"{number} x {what}" for what, number in self.wrong.most_common(TOLD)]
        left = len(self.wrong) - len(lines)
        return [*lines, f"… and {left} others"] if left else lines
