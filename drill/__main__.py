"""Runs the drill: `./charla drill`, or `python -m drill` with CHARLA_RUN_DIR set."""

from __future__ import annotations

import argparse
import asyncio
import secrets
import signal
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import inf
from time import monotonic

from bench import machine
from drill import restoring, rolling, rotating
from drill.faults import Fault, plan, quick
from drill.finding import Finding
from drill.mixed import QUICK, Mixed, Size
from drill.mutants import hunting
from drill.recovery import DEADLINE_S
from drill.site import Cast, Site
from stack.running import load

#: Acknowledged sends between two faults, so that each one meets a system at work.
BETWEEN = 150
#: Seconds of rest after each, in which promises of haste count.
REST_S = 3.0


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
    parser.add_argument("--quick", action="store_true", help="few people and one fault of each kind, as CI bears it")
    parser.add_argument("--writers", type=int, default=32)
    parser.add_argument("--readers", type=int, default=8)
    rehearsals = parser.add_mutually_exclusive_group()
    rehearsals.add_argument("--restore", action="store_true", help="break nothing: back up, restore beside, compare")
    rehearsals.add_argument("--roll", action="store_true", help="break nothing: replace every program under load")
    rehearsals.add_argument("--rotate", action="store_true", help="break nothing: change every secret under load")
    rehearsals.add_argument(
        "--mutants", nargs="*", metavar="NAME", help="put mistakes into copies of the sources; see which tests notice"
    )
    return parser.parse_args()


async def run(mixed: Mixed, faults: Iterable[Fault], minutes: float) -> Outcome:
    """Load, break, wait, repeat; then read everything and check it. 0 minutes are as many as the faults take."""
    outcome = Outcome()
    await mixed.open()
    await mixed.progress(BETWEEN)
    first = await mixed.site.canary.recover()
    print(f"well before any fault: {first is not None} {mixed.site.canary.last_failure}", flush=True)
    ends = monotonic() + minutes * 60 if minutes else inf
    for number, fault in enumerate(faults, 1):
        if monotonic() >= ends:
            print(f"     time is over before {fault}", flush=True)
            break
        if (why := mixed.impossible(fault)) is not None:
            print(f"{number:3}. {fault!s:<36} left out: {why}", flush=True)
            continue
        await _one_fault(mixed, outcome, number, fault)
        await asyncio.sleep(REST_S)
    try:
        outcome.findings = await mixed.close()
    except TimeoutError as error:
        outcome.findings = [Finding("unanswered", "", f"a client could not finish: {error}")]
    return outcome


async def _one_fault(mixed: Mixed, outcome: Outcome, number: int, fault: Fault) -> None:
    site = mixed.site
    stall = asyncio.create_task(_longest_stall(site))
    await mixed.strike(fault)
    seconds = await site.canary.recover()
    try:
        await mixed.progress(BETWEEN)
    except TimeoutError as error:
        seconds, site.canary.last_failure = None, str(error)
    mixed.trouble.ends(monotonic())
    stall.cancel()
    outcome.recoveries.append((fault, seconds))
    outcome.stalls.append(await stall)
    told = f"{seconds:5.1f} s" if seconds is not None else f"NOT within {DEADLINE_S:.0f} s: {site.canary.last_failure}"
    print(f"{number:3}. {fault!s:<36} well after {told}, sends stalled {outcome.stalls[-1]:.1f} s", flush=True)


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


def report(mixed: Mixed, outcome: Outcome) -> None:
    """Print what happened and the verdict."""
    site = mixed.site
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
    for each in mixed.loads:
        print(each.summary())
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
    if options.mutants is not None:
        return hunting.main(options.mutants)
    for asked, rehearsal in ((options.restore, restoring), (options.roll, rolling), (options.rotate, rotating)):
        if asked:
            return rehearsal.main()
    seed = options.seed if options.seed is not None else secrets.randbelow(1_000_000)
    facts = machine.facts()
    minutes = 0.0 if options.quick else options.minutes
    size = "quick" if options.quick else f"{minutes:g} minutes"
    print(f"seed {seed}, {size}, commit {facts['commit']}, {facts['date']}", flush=True)
    faults = quick(seed) if options.quick else plan(seed)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that who ends a drill gets the stack back as it was
    with asyncio.Runner() as runner:
        mixed = runner.run(_mixed(options, seed))
        try:
            outcome = runner.run(run(mixed, faults, minutes))
        finally:
            runner.run(mixed.put_back())
    report(mixed, outcome)
    return 0 if outcome.good else 1


async def _mixed(options: argparse.Namespace, seed: int) -> Mixed:
    size = QUICK if options.quick else Size(Cast(writers=options.writers, readers=options.readers))
    return Mixed(load(), size, seed, 0.0 if options.quick else options.minutes)


if __name__ == "__main__":
    sys.exit(main())
