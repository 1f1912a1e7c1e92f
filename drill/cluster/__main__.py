"""Runs the drill on three machines: `./charla drill --cluster`."""

from __future__ import annotations

import argparse
import asyncio
import os
import secrets
import signal
import sys
from collections import Counter
from collections.abc import Mapping
from time import monotonic, strftime
from typing import NamedTuple, NoReturn

from bench import machine as here
from bench.people import People
from bench.wire import Target
from drill.cluster import broker_nodes, faults
from drill.cluster.faults import Fault
from drill.cluster.front import Front
from drill.cluster.load import Load
from drill.cluster.measure import Cost, cost
from drill.cluster.mending import whole
from drill.cluster.rig import Rig, folder
from drill.finding import Finding
from drill.site import Cast
from drill.writers import Pace
from stack.errors import StackError

#: A machine is away, and a server cut off, for at least so long in seconds: longer than anything takes to notice.
AWAY_S, QUICK_AWAY_S = 25.0, 20.0
RECOVER_S, WHOLE_S = 90.0, 180.0
#: Well before each fault the load runs for so long.
BETWEEN_S = 4.0


class Outcome(NamedTuple):
    """What one fault cost, and how long it took until everything was whole again."""

    fault: Fault
    machine: str
    lasted_s: float
    cost: Cost
    parts: Mapping[str, float | None]

    @property
    def whole_s(self) -> float | None:
        """How long until all parts were whole together; nothing where one was not."""
        times = [each for each in self.parts.values() if each is not None]
        return max(times) if len(times) == len(self.parts) else None


def say(line: str) -> None:
    """Tell the person."""
    print(line, flush=True)


def arguments() -> argparse.Namespace:
    """Return the command line's options."""
    parser = argparse.ArgumentParser(prog="charla drill --cluster", description="Cut and kill machines under load.")
    parser.add_argument("--quick", action="store_true", help="the six faults that hurt most")
    parser.add_argument("--writers", type=int, default=12)
    parser.add_argument("--readers", type=int, default=4)
    parser.add_argument("--only", default="", help="faults whose names begin so, such as `cut machine`")
    return parser.parse_args()


async def drill(rig: Rig, options: argparse.Namespace) -> tuple[list[Outcome], list[Finding]]:
    """Load, strike, mend, again and again; then read everything and check it."""
    front = Front(rig.machines)
    people = People(Target.from_url(await front.open()))
    cast = Cast(options.writers, options.readers, rooms=4, pace=Pace(pause_s=0.4), sync_s=10.0)
    load = Load(cast, secrets.randbelow(1_000_000), people)
    outcomes: list[Outcome] = []
    try:
        await load.open()
        say(f"{options.writers} writers, {options.readers} readers, a channel with followers; faults begin")
        for fault in _chosen(options):
            outcomes.append(await _one(rig, load, fault, QUICK_AWAY_S if options.quick else AWAY_S))
            say(line(outcomes[-1]))
        found = [*await load.findings(), *await asyncio.to_thread(parked, rig)]
        _summary(load)
    finally:
        await load.abandon()
        await front.close()
    return outcomes, found


def _chosen(options: argparse.Namespace) -> list[Fault]:
    known = faults.QUICK if options.quick else faults.ALL
    return [each for each in known if f"{each} {each.where}".startswith(options.only)]


async def _one(rig: Rig, load: Load, fault: Fault, away_s: float) -> Outcome:
    await asyncio.sleep(BETWEEN_S)
    machine = await asyncio.to_thread(faults.victim, fault, rig)
    since = monotonic()
    await asyncio.to_thread(faults.strike, fault, machine, rig)
    try:
        if fault.has_remedy:
            await _everybody_writes(load, since)
        if not fault.is_brief:
            await asyncio.sleep(max(0.0, away_s - (monotonic() - since)))
    finally:
        mended = monotonic()
        await asyncio.to_thread(faults.mend, fault, machine, rig)
    parts = await whole(rig.parts(), mended, WHOLE_S)
    await _everybody_writes(load, since)
    if None in parts.values():
        say(f"  ended: {', '.join(rig.servers.ended()) or 'none'}")
    # Until now: what comes back may cost something, too.
    return Outcome(
        fault, machine.name, mended - since, cost(load.moments, len(load.writers), since, monotonic()), parts
    )


async def _everybody_writes(load: Load, since: float) -> None:
    """Wait until each writer has had something acknowledged, or for long enough."""
    end = monotonic() + RECOVER_S
    while cost(load.moments, len(load.writers), since, monotonic()).everybody is None and monotonic() < end:
        load.raise_failures()
        await asyncio.sleep(0.2)


def parked(rig: Rig) -> list[Finding]:
    """Return the queues of messages that a handler gave up on, which there should be none of."""
    queues = broker_nodes.queues(rig.machines[0], rig.run)
    return [
        Finding("parked", str(each["name"]), f"{each['messages']} messages")
        for each in queues
        if str(each["name"]).endswith(".dead") and each["messages"]
    ]


def line(outcome: Outcome) -> str:
    """Return what is told of one fault."""
    found = outcome.cost
    first, everybody = (f"{each:.1f} s" if each is not None else "never" for each in (found.first, found.everybody))
    return (
        f"{outcome.fault!s:<20} {outcome.machine:<5} for {outcome.lasted_s:2.0f} s: first write after {first},"
        f" everybody's {everybody}, nobody's for {found.silence:.1f} s, p99 gap {found.gap_p99:.1f} s,"
        f" {found.acknowledged} acknowledged, {_told_of(outcome)}"
    )


def _told_of(outcome: Outcome) -> str:
    whole = f"whole again {outcome.whole_s:.1f} s" if outcome.whole_s is not None else "not whole again"
    parts = (f"{name} {'never' if each is None else f'{each:.0f}'}" for name, each in outcome.parts.items())
    return f"{whole} ({', '.join(parts)}), load {os.getloadavg()[0]:.0f} at {strftime('%H:%M:%S')}"


def _summary(load: Load) -> None:
    history, views, author = load.history, list(load.history.views.values()), load.author
    say(
        f"{len(history.texts):,} sends tried, {len(history.acknowledged):,} acknowledged"
        f" ({len(history.acks):,} answers), {len(history.refused)} refused,"
        f" {sum(each.retries for each in load.writers):,} retries"
    )
    say(
        f"{len(views)} readers: {sum(each.by_socket for each in views):,} changes by socket,"
        f" {sum(each.by_asking for each in views):,} by asking;"
        f" {len(author.acknowledged)} posts, {author.retries} retries"
    )


def verdict(outcomes: list[Outcome], found: list[Finding]) -> bool:
    """Print what was found, and return whether all is well."""
    for rule, number in Counter(each.rule for each in found).items():
        example = next(each for each in found if each.rule == rule)
        say(f"FOUND {number} x {rule}: {example.room} {example.detail}")
    late = [each for each in outcomes if each.cost.everybody is None or each.whole_s is None]
    for each in late:
        say(f"NOT WELL after {each.fault}: {line(each)}")
    good = bool(outcomes) and not found and not late
    lost = sum(each.rule == "lost" for each in found)
    say(f"{len(outcomes)} faults, {lost} acknowledged messages lost")
    say("VERDICT: nothing was lost" if good else "VERDICT: FAILED")
    return good


def main() -> int:
    """Run a drill and return the exit code: 1 on any loss or late recovery."""
    options = arguments()
    signal.signal(signal.SIGTERM, _interrupt)
    facts = here.facts()
    say(f"commit {facts['commit']}, {facts['date']}")
    begun = monotonic()
    rig = Rig(folder(), say)
    try:
        with rig.up():
            say(f"three machines are up after {monotonic() - begun:.0f} s")
            outcomes, found = asyncio.run(drill(rig, options))
        return 0 if verdict(outcomes, found) else 1
    except KeyboardInterrupt:
        return 130
    except BlockingIOError:
        say("charla: another drill runs in this folder")
    except StackError as error:
        say(f"charla: {error}")
    return 1


def _interrupt(_number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
