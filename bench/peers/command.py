"""`./charla bench peers`: each server that is installed, in turn with Charla."""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import signal
import sys
import tempfile
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from bench import machine
from bench.peers import work
from bench.peers.adapter import Peer, Places, Server
from bench.peers.charla import CHARLA
from bench.peers.ejabberd import EJABBERD
from bench.peers.install import install
from bench.peers.prosody import PROSODY
from bench.peers.synapse import SYNAPSE
from bench.peers.tinode import TINODE
from bench.people import SetupError
from stack import running
from stack.rundir import ROOT, RunDir

PEERS = (PROSODY, EJABBERD, TINODE, SYNAPSE)
PROGRAMS = ROOT / ".run" / "peers"


def arguments(argv: list[str]) -> argparse.Namespace:
    """Return the command line's options."""
    parser = argparse.ArgumentParser(prog="charla bench peers", description=__doc__)
    parser.add_argument("--install", action="store_true", help="fetch the peers into .run/peers, and end")
    parser.add_argument("--only", action="append", choices=[peer.name for peer in PEERS], help="this one (repeatable)")
    parser.add_argument("--rounds", type=int, default=2, help="how often each is measured, Charla before it (2)")
    parser.add_argument("--seconds", type=float, default=3.0, help="measured seconds of each load (3)")
    parser.add_argument("--senders", type=int, nargs="+", default=[32, 128], help="how many people send at once")
    parser.add_argument("--members", type=int, default=4, help="of each room (4)")
    parser.add_argument("--rate", type=float, default=20.0, help="sends a second of the low rate (20)")
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    parser.add_argument("--wait-for", type=Path, help="when all is ready, wait until this file is there")
    return parser.parse_args(argv)


@dataclass
class Contestant:
    """A server that runs, its crowds, and its archive."""

    peer: Peer
    server: Server
    crowds: list[work.Crowd]
    archive: work.Archive


async def enter(peer: Peer, options: argparse.Namespace, kept: AsyncExitStack) -> Contestant:
    """Start a server and make people and rooms."""
    print(f"  {peer.name}: people and rooms ...", file=sys.stderr, flush=True)
    home = Path(kept.enter_context(tempfile.TemporaryDirectory(prefix=f"charla-{peer.name}-")))
    places = Places(PROGRAMS / peer.name, home, running.load(RunDir.current().path))
    server = await kept.enter_async_context(peer.run(places))
    members = await server.people(max(options.senders))
    crowds = [await work.gather(server, members[:count], options.members) for count in options.senders]
    return Contestant(peer, server, crowds, await work.archive(server, members))


async def measure(each: Contestant, options: argparse.Namespace) -> dict[str, Any]:
    """Return a server's figures of one turn."""
    await each.server.prepare()
    await asyncio.sleep(0.5)
    found: dict[str, Any] = {"drip": (await work.drip(each.crowds[0], options.rate, options.seconds)).figures()}
    for crowd in each.crowds:
        seen = await work.saturate(crowd, options.seconds, 1.0)
        found[f"saturated_{len(crowd.members)}"] = seen.figures()
    found["history"] = await work.read(each.archive, options.seconds * 2 / 3, 0.5)
    gc.collect()  # between measurements: in them it does not run
    return found


async def run(options: argparse.Namespace) -> dict[str, Any]:
    """Return the figures of all that are installed, by peer: its turns and Charla's before each."""
    # Also when it is told to end, nothing that it began stays behind.
    if (task := asyncio.current_task()) is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    chosen = [peer for peer in PEERS if not options.only or peer.name in options.only]
    turns: dict[str, Any] = {}
    problems: list[str] = []
    async with AsyncExitStack() as kept:
        charla = await enter(CHARLA, options, kept)
        there = []
        for peer in chosen:
            if not peer.installed(PROGRAMS):
                print(f"  {peer.name} is not installed (--install): skipped", flush=True)
                continue
            try:
                there.append(await enter(peer, options, kept))
            except (SetupError, OSError) as error:
                problems.append(f"{peer.name}: {error}")
                print(f"  PROBLEM {problems[-1]}", flush=True)
        await _wait(options)
        load = [round(value, 2) for value in os.getloadavg()]
        for _ in range(options.rounds):
            for each in there:
                pair = {"charla": await measure(charla, options), "peer": await measure(each, options)}
                turns.setdefault(each.peer.name, []).append(pair)
                _tell(each.peer.name, pair)
        facts = machine.facts() | {"load_before": load, "load_after": [round(value, 2) for value in os.getloadavg()]}
    return {"facts": facts, "options": _plain(options), "problems": problems, "turns": turns}


async def _wait(options: argparse.Namespace) -> None:
    print("ready to measure", flush=True)
    while options.wait_for and not options.wait_for.exists():
        await asyncio.sleep(0.5)


def _plain(options: argparse.Namespace) -> dict[str, Any]:
    return {name: value for name, value in vars(options).items() if isinstance(value, int | float | list)}


def _tell(name: str, pair: dict[str, Any]) -> None:
    for load, mine in pair["charla"].items():
        theirs = pair["peer"][load]
        print(f"{name} {load}", flush=True)
        for figure, value in mine.items():
            print(f"    {figure:<18} charla {value:>10,.2f}   {name} {theirs[figure]:>10,.2f}", flush=True)


#: What the table shows of each load: (load, figure, words).
_ROWS = (
    ("drip", "ack_p50_ms", "ack p50, ms"),
    ("drip", "ack_p99_ms", "ack p99, ms"),
    ("drip", "delivery_p50_ms", "delivery p50, ms"),
    ("drip", "delivery_p99_ms", "delivery p99, ms"),
)
_SATURATED = (
    ("rate", "messages/s"),
    ("ack_p50_ms", "ack p50, ms"),
    ("ack_p99_ms", "ack p99, ms"),
    ("delivery_p99_ms", "delivery p99, ms"),
    ("server_us", "processor time a message, us"),
)
_HISTORY = (("rate", "pages/s"), ("p50_ms", "page p50, ms"), ("p99_ms", "page p99, ms"))


def rows(report: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return (load, figure, words) of each line of the table."""
    senders = report["options"]["senders"]
    saturated = [(f"saturated_{count}", figure, f"{count} senders: {words}") for count in senders
                 for figure, words in _SATURATED]  # fmt: skip
    low = [(load, figure, f"{report['options']['rate']:g} sends/s: {words}") for load, figure, words in _ROWS]
    return [*low, *saturated, *(("history", figure, words) for figure, words in _HISTORY)]


def value(turns: list[dict[str, Any]], side: str, load: str, figure: str) -> float:
    """Return the median of a figure over the turns."""
    return median(turn[side][load][figure] for turn in turns)


def table(report: dict[str, Any]) -> str:
    """Return the report as a table: each peer's figure, and as a multiple of Charla's beside it."""
    names = list(report["turns"])
    every = [turn for turns in report["turns"].values() for turn in turns]
    lines = ["| what | charla | " + " | ".join(names) + " |", "|---" * (len(names) + 2) + "|"]
    for load, figure, words in rows(report):
        cells = [_short(value(every, "charla", load, figure))]
        for name in names:
            turns = report["turns"][name]
            theirs, mine = (value(turns, side, load, figure) for side in ("peer", "charla"))
            cells.append(f"{_short(theirs)} ({theirs / mine:.2g})")
        lines.append(f"| {words} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 20 else f"{value:.2g}"


def main(argv: list[str]) -> int:
    """Install, or measure and print."""
    options = arguments(argv)
    if options.install:
        by_name = {peer.name: peer for peer in PEERS}
        install(PROGRAMS, lambda name: by_name[name].installed(PROGRAMS))
        return 0
    gc.disable()  # the driver's own pauses are nobody's latency
    report = asyncio.run(run(options))
    if options.json:
        options.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    for peer in (CHARLA, *(peer for peer in PEERS if peer.name in report["turns"])):
        print(f"{peer.name}: acknowledged by {peer.acknowledged}; heard on {peer.listening}")
    if report["turns"]:
        print(table(report))
    return 1 if report["problems"] else 0
