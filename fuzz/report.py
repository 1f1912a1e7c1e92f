"""What a fuzz tells in the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fuzz.tally import TOLD, Tally
from fuzz.watch import Seen


@dataclass(frozen=True)
class Row:
    """One part: what it did, what was seen of the programs meanwhile, and how long it took."""

    tally: Tally
    seen: Seen
    seconds: float

    @property
    def good(self) -> bool:
        """Whether nothing was wrong, and something was tried at all."""
        return self.seen.good and not self.tally.wrong and self.tally.cases > 0

    def line(self) -> str:
        """Return the row as a line of the table."""
        counts = (self.seen.failures, self.seen.unavailable, self.seen.complaints, self.tally.wrong)
        failures, unavailable, logged, wrong = (sum(each.values()) for each in counts)
        return (
            f"{self.tally.name:<10} {self.tally.cases:>8,} {failures:>5} {unavailable:>5} {len(self.seen.deaths):>7}"
            f" {logged:>7} {wrong:>6} {self.seconds:>7.0f}  {'ok' if self.good else 'FAILED'}"
        )

    def details(self) -> list[str]:
        """Return what was found, and what else is worth knowing."""
        ends = ", ".join(f"{kind}: {number:,}" for kind, number in self.tally.kinds.most_common(TOLD))
        lines = [f"ended as {ends}"] if ends else []
        lines += self.tally.notes
        lines += [f"DIED: {name}" for name in self.seen.deaths]
        lines += [f"ANSWERED {number} x {what}" for what, number in self.seen.failures.most_common(TOLD)]
        lines += [f"LOGGED {number} x {what}" for what, number in self.seen.complaints.most_common(TOLD)]
        lines += [f"WRONG {each}" for each in self.tally.told()]
        return [f"  {self.tally.name}: {line}" for line in lines]


HEAD = f"{'part':<10} {'cases':>8} {'5xx':>5} {'503':>5} {'deaths':>7} {'errors':>7} {'wrong':>6} {'seconds':>7}"


def table(rows: Sequence[Row], seed: int) -> str:
    """Return the report: a table, what was found, the verdict, and how to have it again."""
    bad = [row.tally.name for row in rows if not row.good]
    verdict = f"VERDICT: FAILED in {', '.join(bad)}" if bad else "VERDICT: nobody fell, and nothing was wrong"
    again = f"the same cases again: ./charla fuzz --seed {seed}"
    lines = [HEAD, *(row.line() for row in rows), *(line for row in rows for line in row.details())]
    return "\n".join([*lines, again, verdict])
