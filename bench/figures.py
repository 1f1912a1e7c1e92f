"""Figures, their targets, and the report that they end up in."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


def percentile(values: Sequence[float], share: float) -> float:
    """Return the nearest-rank percentile of `values` (NaN where there are none).

    Args:
        values: All of them, in any order; nothing is sampled or trimmed.
        share: 0.99 for p99.
    """
    if not values:
        return math.nan
    ranked = sorted(values)
    return ranked[max(0, math.ceil(share * len(ranked)) - 1)]


@dataclass(frozen=True)
class Goal:
    """A target of DESIGN.md: at least or at most `limit`."""

    limit: float
    at_least: bool

    def met(self, value: float) -> bool:
        """Whether `value` reaches the target; NaN never does."""
        return value >= self.limit if self.at_least else value <= self.limit

    def __str__(self) -> str:
        return f"{'>=' if self.at_least else '<='} {self.limit:,g}"


@dataclass(frozen=True)
class Figure:
    """One measured value.

    Attributes:
        name: What was measured, `scenario.value`.
        note: What a reader must know beside it: errors, counts, the driver's own cost.
    """

    name: str
    value: float
    unit: str
    goal: Goal | None = None
    note: str = ""

    @property
    def verdict(self) -> str:
        """`met`, `missed`, or nothing where there is no target."""
        if self.goal is None:
            return ""
        return "met" if self.goal.met(self.value) else "missed"


@dataclass
class Report:
    """All figures of a run, in the order in which they came."""

    facts: dict[str, Any]
    figures: list[Figure] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def add(self, *figures: Figure) -> None:
        """Take figures and print them at once."""
        self.figures += figures
        for figure in figures:
            print(_row(figure), flush=True)

    def problem(self, text: str) -> None:
        """Take something that makes the run fail: a lost message, a scenario that broke."""
        self.problems.append(text)
        print(f"  PROBLEM {text}", flush=True)

    def value(self, name: str) -> float:
        """Return the figure called `name`, NaN where it was not measured."""
        return next((figure.value for figure in self.figures if figure.name == name), math.nan)

    def write(self, path: Path) -> None:
        """Write the report as JSON."""
        figures = [
            {
                **asdict(figure),
                "value": None if math.isnan(figure.value) else figure.value,
                "verdict": figure.verdict,
            }
            for figure in self.figures
        ]
        body = {"facts": self.facts, "figures": figures, "problems": self.problems}
        path.write_text(json.dumps(body, indent=1) + "\n", encoding="utf-8")


def header() -> str:
    """Return the table's first lines."""
    return f"{'figure':<40}{'value':>12} {'unit':<8}{'target':<12}{'':<8}note\n{'-' * 110}"


def _row(figure: Figure) -> str:
    digits = 0 if abs(figure.value) >= 1000 else 2 if abs(figure.value) >= 1 else 3
    shown = f"{figure.value:,.{digits}f}"
    goal = str(figure.goal) if figure.goal else ""
    return f"{figure.name:<40}{shown:>12} {figure.unit:<8}{goal:<12}{figure.verdict:<8}{figure.note}".rstrip()
