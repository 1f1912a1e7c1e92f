"""Runs the drill: `./charla drill`, or `python -m drill` with CHARLA_RUN_DIR set."""

from __future__ import annotations

import argparse
import asyncio
import secrets
import sys
from collections import Counter
from dataclasses import dataclass, field
from time import monotonic

from bench import machine
from drill.checker import Finding, check
from drill.faults import Fault, plan, strike
from drill.recovery import DEADLINE_S
from drill.site import Cast, Site
from stack.running import load

#: Acknowledged sends between two faults, so that each one meets a system at work.
BETWEEN = 150


@dataclass
class Outcome:
    """What a drill found.

    Attributes:
        recoveries: Seconds by fault; None where the deadline passed.
        stalls: The longest time without any acknowledged send during a fault, in seconds.
    """

    recoveries: list[tuple[Fault, float | None]] = field(default_factory=list)
    stalls: list[float] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether nothing was lost and everything recovered in time."""
        return not self.findings and all(seconds is not None for _, seconds in self.recoveries)


def arguments() -> argparse.Namespace:
    """Return the command line's options."""
    parser = argparse.ArgumentParser(prog="charla drill", description="Break Charla on purpose; count what is lost.")
    parser.add_argument("--minutes", type=float, default=10.0, help="how long faults are made (default 10)")
    parser.add_argument("--seed", type=int, default=None, help="repeat the faults of an earlier drill")
    parser.add_argument("--writers", type=int, default=32)
    parser.add_argument("--readers", type=int, default=8)
    return parser.parse_args()


async def run(site: Site, seed: int, minutes: float) -> Outcome:
    """Load, break, wait, repeat; then read everything and check it."""
    outcome = Outcome()
    await site.open()
    await site.acknowledged(BETWEEN)
    first = await site.canary.recover()
    print(f"well before any fault: {first is not None} {site.canary.last_failure}", flush=True)
    ends = monotonic() + minutes * 60
    for number, fault in enumerate(plan(seed), 1):
        if monotonic() >= ends:
            break
        await _one_fault(site, outcome, number, fault)
    try:
        outcome.findings = check(site.history, await site.close())
    except TimeoutError as error:
        outcome.findings = [Finding("unanswered", "", f"a client could not finish: {error}")]
    return outcome


async def _one_fault(site: Site, outcome: Outcome, number: int, fault: Fault) -> None:
    stall = asyncio.create_task(_longest_stall(site))
    await strike(site.stack, fault)
    seconds = await site.canary.recover()
    try:
        await site.acknowledged(BETWEEN)
    except TimeoutError:
        seconds, site.canary.last_failure = None, "the writers' sends are not acknowledged"
    stall.cancel()
    outcome.recoveries.append((fault, seconds))
    outcome.stalls.append(await stall)
    told = f"{seconds:5.1f} s" if seconds is not None else f"NOT within {DEADLINE_S:.0f} s: {site.canary.last_failure}"
    print(f"{number:3}. {fault!s:<32} well after {told}, sends stalled {outcome.stalls[-1]:.1f} s", flush=True)


async def _longest_stall(site: Site) -> float:
    """Return the longest time without an acknowledged send, until cancelled."""
    longest, seen, since = 0.0, len(site.history.acks), monotonic()
    try:
        while True:
            await asyncio.sleep(0.02)
            now = monotonic()
            longest = max(longest, now - since)
            if len(site.history.acks) != seen:
                seen, since = len(site.history.acks), now
    except asyncio.CancelledError:
        return longest


def report(site: Site, outcome: Outcome) -> None:
    """Print what happened and the verdict."""
    history, views = site.history, list(site.history.views.values())
    edits = sum(edit.acknowledged for edit in history.edits.values())
    retries = sum(writer.retries for writer in site.writers)
    print(
        f"{len(history.texts):,} sends tried, {len(history.acknowledged):,} acknowledged"
        f" ({len(history.acks):,} answers), {len(history.refused)} refused, {edits:,} edits, {retries:,} retries"
    )
    print(
        f"{len(views)} readers: {sum(view.by_socket for view in views):,} changes by socket,"
        f" {sum(view.by_asking for view in views):,} by asking,"
        f" {sum(reader.openings for reader in site.readers)} sockets"
    )
    for rule, number in Counter(finding.rule for finding in outcome.findings).items():
        example = next(finding for finding in outcome.findings if finding.rule == rule)
        print(f"FOUND {number} x {rule}: {example.detail}")
    late = sum(seconds is None for _, seconds in outcome.recoveries)
    slowest = max((seconds for _, seconds in outcome.recoveries if seconds is not None), default=0.0)
    print(f"{len(outcome.recoveries)} faults, {late} not well in {DEADLINE_S:.0f} s, slowest {slowest:.1f} s")
    print("VERDICT: nothing was lost" if outcome.good else "VERDICT: FAILED")


def main() -> int:
    """Run a drill and return the exit code: 1 on any loss or late recovery."""
    options = arguments()
    seed = options.seed if options.seed is not None else secrets.randbelow(1_000_000)
    facts = machine.facts()
    print(f"seed {seed}, {options.minutes:g} minutes, commit {facts['commit']}, {facts['date']}", flush=True)
    with asyncio.Runner() as runner:
        site = runner.run(_site(options, seed))
        outcome = runner.run(run(site, seed, options.minutes))
    report(site, outcome)
    return 0 if outcome.good else 1


async def _site(options: argparse.Namespace, seed: int) -> Site:
    return Site(load(), Cast(writers=options.writers, readers=options.readers), seed)


if __name__ == "__main__":
    sys.exit(main())
