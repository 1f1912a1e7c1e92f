"""Runs the fuzz: `./charla fuzz`, or `python -m fuzz`."""

from __future__ import annotations

import argparse
import os
import secrets
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import monotonic
from types import FrameType
from typing import NoReturn

from bench import machine
from fuzz.budget import Budget
from fuzz.parts import PARTS
from fuzz.people import Refused
from fuzz.report import Row, table
from fuzz.site import Site
from fuzz.tally import Tally
from stack import kinds
from stack.rundir import RunDir
from stack.suite import fresh_stack

MINUTES, QUICK_MINUTES = 20.0, 3.0
#: The stack's own limits would answer most of what comes so fast.
LIMITS_FACTOR = "1000"


def arguments(words: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the command line's options."""
    parser = argparse.ArgumentParser(prog="charla fuzz", description="Say to every door what no honest client says.")
    parser.add_argument("--minutes", type=float, default=MINUTES, help=f"for all parts together (default {MINUTES:g})")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_MINUTES:g} minutes")
    parser.add_argument("--seed", type=int, default=None, help="make the cases of an earlier fuzz again")
    parser.add_argument("--only", choices=PARTS, default=None, help="one part, which has all the time")
    parser.add_argument("--here", action="store_true", help="against the stack that is up, and not one of its own")
    options = parser.parse_args(words)
    options.minutes = QUICK_MINUTES if options.quick else options.minutes
    options.seed = secrets.randbelow(1_000_000) if options.seed is None else options.seed
    return options


@contextmanager
def _site(*, here: bool) -> Iterator[Site]:
    if here:
        yield Site(RunDir.current())
        return
    os.environ |= {"CHARLA_ENGINE": kinds.NATIVE, "CHARLA_DISCOVERY": "off", "GATEWAY_LIMITS_FACTOR": LIMITS_FACTOR}
    with fresh_stack(RunDir.current().path / "fuzz") as stack:
        yield Site(stack.run)


def run(site: Site, names: Sequence[str], seconds: float, seed: int) -> list[Row]:
    """Run the parts, each for its share of the time, and watch."""
    shares = sum(PARTS[name].share for name in names)
    rows = []
    for name in names:
        watch, began = site.watch(), monotonic()
        try:
            tally = PARTS[name].run(site, Budget(seconds * PARTS[name].share / shares, seed))
        except Refused as error:
            tally = Tally(name)
            tally.fault(f"it could not begin: {error}")
        rows.append(Row(tally, watch.seen(), monotonic() - began))
        print("\n".join([rows[-1].line(), *rows[-1].details()]), flush=True)
    return rows


def main() -> int:
    """Run a fuzz and return the exit code: 1 where anything is wrong."""
    options, facts = arguments(), machine.facts()
    signal.signal(signal.SIGTERM, _interrupt)
    names = [options.only] if options.only else list(PARTS)
    print(f"seed {options.seed}, {options.minutes:g} minutes, commit {facts['commit']}, {facts['date']}", flush=True)
    with _site(here=options.here) as site:
        rows = run(site, names, options.minutes * 60, options.seed)
    print(table(rows, options.seed))
    return int(not all(row.good for row in rows))


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
