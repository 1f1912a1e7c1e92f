"""Runs the bench: `./charla bench` and `./charla bench peers`, or `python -m bench` with CHARLA_URL set."""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import sys
from dataclasses import replace
from pathlib import Path
from time import perf_counter

from bench import machine
from bench.figures import Figure, Goal, Report, header
from bench.ground import QUICK, Ground, Size
from bench.peers import command as peers
from bench.people import People, SetupError
from bench.scenarios import BY_NAME, GROUPS, SCENARIOS, baseline
from bench.wire import Target

DEFAULT_RUN_DIR = Path(__file__).parents[1] / ".run"


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """Return the command line's options."""
    parser = argparse.ArgumentParser(prog="charla bench", description="Measure Charla from outside.")
    parser.add_argument("group", nargs="?", choices=list(GROUPS), help="run these scenarios, which take minutes")
    parser.add_argument("--only", action="append", choices=list(BY_NAME), help="run this scenario (repeatable)")
    parser.add_argument("--quick", action="store_true", help="a small run for CI, at most 40 s")
    parser.add_argument("--seconds", type=float, help="measured seconds of each load")
    parser.add_argument("--json", type=Path, help="write the report to this file")
    return parser.parse_args(argv)


def prepare(options: argparse.Namespace) -> Ground:
    """Return the ground that the options ask for."""
    size = QUICK if options.quick else Size()
    if options.seconds:
        size = replace(size, seconds=options.seconds)
    target = Target.from_url(os.environ.get("CHARLA_URL", "http://127.0.0.1:8080"))
    run_dir = Path(os.environ.get("CHARLA_RUN_DIR", str(DEFAULT_RUN_DIR)))
    facts = machine.facts() | {"quick": options.quick, "seconds": size.seconds}
    return Ground(target, run_dir, size, People(target), Report(facts))


async def run(ground: Ground, names: list[str]) -> None:
    """Take the scenarios, then prove that nothing acknowledged was lost."""
    for name in names:
        try:
            await BY_NAME[name](ground)
        except (SetupError, OSError) as error:
            ground.report.problem(f"{name}: {type(error).__name__} {error}")
    baseline.ratios(ground)
    await prove(ground)


async def prove(ground: Ground) -> None:
    """Check every acknowledged message against the whole history of its room."""
    if not len(ground.ledger):
        return
    await ground.people.freshen()
    started = perf_counter()
    problems = await ground.ledger.problems()
    for problem in problems[:20]:
        ground.report.problem(problem)
    note = f"of {len(ground.ledger):,} acknowledged, checked in {perf_counter() - started:.1f} s"
    ground.report.add(Figure("lost_or_wrong", len(problems), "messages", Goal(0, at_least=False), note))


def main() -> int:
    """Run and return the exit code: 1 where a message was lost or a scenario broke."""
    if sys.argv[1:2] == ["peers"]:
        return peers.main(sys.argv[2:])
    options = arguments()
    ground = prepare(options)
    print(" ".join(f"{name}={value}" for name, value in ground.report.facts.items()))
    print(header())
    gc.disable()  # the driver's own pauses are not Charla's; it keeps few cycles
    asyncio.run(run(ground, options.only or list(GROUPS.get(options.group, SCENARIOS))))
    if options.json:
        ground.report.write(options.json)
    missed = [figure.name for figure in ground.report.figures if figure.verdict == "missed"]
    print(f"targets missed: {', '.join(missed) or 'none'}; problems: {len(ground.report.problems)}")
    return 1 if ground.report.problems else 0


if __name__ == "__main__":
    sys.exit(main())
