"""The faults: killing, freezing and restarting the programs of a private stack."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections.abc import Iterator
from contextlib import suppress
from typing import Literal, NamedTuple

import psutil
from redis import Redis

from stack.errors import StackError
from stack.running import RunningStack

Kind = Literal["kill", "freeze", "restart", "flush", "erase", "fill", "cut", "skew"]

GATEWAY_WORKER = "gateway-worker"
TARGETS = (
    "messaging",
    "messaging-relay",
    "messaging-worker",
    "auth",
    "subscriptions",
    "subscriptions-relay",
    "payments",
    "payments-relay",
    "payments-worker",
    "media",
    "media-edge",
    "media-worker",
    "ads",
    "ads-worker",
    GATEWAY_WORKER,
    "rabbitmq",
    "postgres",
    "redis",
)
KINDS: tuple[Kind, ...] = ("kill", "freeze", "restart")
#: How long a freeze lasts, from and to, in seconds; some outlast a call's deadline, some a heartbeat.
FREEZE_S = (2.0, 12.0)
LASTING: frozenset[Kind] = frozenset({"freeze", "fill", "cut", "skew"})


class Fault(NamedTuple):
    """One thing that goes wrong.

    Attributes:
        seconds: How long a freeze or an outage lasts.
        how: What it is cut off from, or by how many seconds its clock is wrong.
    """

    kind: Kind
    program: str
    seconds: float = 0.0
    how: str = ""

    def __str__(self) -> str:
        how = f" {_PREPOSITIONS[self.kind]} {self.how}" if self.how else ""
        return f"{self.kind} {self.program}{how}" + (f" {self.seconds:.1f} s" if self.seconds else "")


_PREPOSITIONS = {"cut": "from", "skew": "by"}


#: What is no program's end, each with the ways that it happens in: what or whom it hits, and how.
RARE: dict[Kind, tuple[tuple[str, str], ...]] = {
    "flush": (("redis", ""),),
    "erase": (("account", ""),),
    "fill": (("media's disk", ""),),
    "cut": (
        ("messaging", "postgres"), ("messaging", "rabbitmq"), ("messaging-relay", "rabbitmq"), ("payments", "postgres"),
        ("payments-worker", "rabbitmq"), ("subscriptions", "postgres"), ("ads", "redis"),
    ),
    "skew": (("messaging", "+40"), ("payments", "-40"), ("subscriptions", "+40"), ("ads", "-40")),
}  # fmt: skip
#: After so many faults of programs comes one of the others.
BETWEEN_RARE = 2


def plan(seed: int) -> Iterator[Fault]:
    """Yield faults without end: every pair of program and kind once, shuffled, then again, and others between them."""
    dice = random.Random(seed)
    rare = _others(dice)
    while True:
        pairs: list[tuple[Kind, str]] = [(kind, program) for kind in KINDS for program in TARGETS]
        dice.shuffle(pairs)
        for number, (kind, program) in enumerate(pairs, 1):
            # a single gateway worker cannot be restarted alone
            yield _lasting("kill" if (kind, program) == ("restart", GATEWAY_WORKER) else kind, program, dice)
            if number % BETWEEN_RARE == 0:
                yield next(rare)


def quick(seed: int) -> list[Fault]:
    """Return one fault of each kind, and a kill of each store and of one service, shuffled."""
    dice = random.Random(seed)
    pairs: list[tuple[Kind, str]] = [
        ("kill", "postgres"), ("kill", "rabbitmq"), ("kill", "payments"), ("kill", GATEWAY_WORKER),
        ("freeze", "messaging"), ("restart", "subscriptions"),
    ]  # fmt: skip
    others = _others(dice)
    faults = [*(_lasting(kind, program, dice) for kind, program in pairs), *(next(others) for _ in RARE)]
    dice.shuffle(faults)
    return faults


def _others(dice: random.Random) -> Iterator[Fault]:
    while True:
        for kind in dice.sample(list(RARE), len(RARE)):
            program, how = dice.choice(RARE[kind])
            yield _lasting(kind, program, dice, how)


def _lasting(kind: Kind, program: str, dice: random.Random, how: str = "") -> Fault:
    return Fault(kind, program, round(dice.uniform(*FREEZE_S), 1) if kind in LASTING else 0.0, how)


def pid_of(stack: RunningStack, program: str) -> int:
    """Return the process to strike; for a gateway worker, the oldest child of the master.

    Raises:
        LookupError: It is not running.
    """
    master = stack.pid("gateway" if program == GATEWAY_WORKER else program)
    if not master:
        msg = f"{program} is not running"
        raise LookupError(msg)
    if program != GATEWAY_WORKER:
        return master
    workers = sorted(psutil.Process(master).children(), key=lambda process: process.create_time())
    if not workers:
        msg = "the gateway has no worker"
        raise LookupError(msg)
    return workers[0].pid


async def replaced(stack: RunningStack, program: str, victim: int, seconds: float = 30.0) -> bool:
    """Tell whether another process came in `victim`'s place in time.

    All can be well before it does: a relay that is away for a moment holds nobody up.
    """

    def is_another() -> bool:
        try:
            return pid_of(stack, program) != victim
        except LookupError:
            return False

    return await asyncio.to_thread(stack.wait_for, is_another, seconds)


def _family(pid: int, program: str) -> list[int]:
    """Return a process and, where it is a broker or a database, everything that it started."""
    if program in {"rabbitmq", "postgres"}:
        return [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]
    return [pid]


def _signal(pids: list[int], number: int) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


async def strike(stack: RunningStack, fault: Fault) -> None:
    """Do what `fault` says; return when the fault itself is over and recovery may begin."""
    if fault.kind == "flush":
        await asyncio.to_thread(flush, stack)
        return
    if fault.kind == "restart":
        with suppress(StackError):  # one that is late to be ready is seen by how long the recovery takes
            await asyncio.to_thread(stack.restart, fault.program)
        return
    pids = _family(await asyncio.to_thread(pid_of, stack, fault.program), fault.program)
    if fault.kind == "kill":
        # the broker's shell and its virtual machine die together, as in a power cut;
        # PostgreSQL's backends notice their postmaster's death by themselves
        _signal(pids if fault.program == "rabbitmq" else pids[:1], signal.SIGKILL)
        return
    _signal(pids, signal.SIGSTOP)
    try:
        await asyncio.sleep(fault.seconds)
    finally:
        _signal(pids[::-1], signal.SIGCONT)


def flush(stack: RunningStack) -> None:
    """Have Redis forget everything, in all databases at once."""
    with Redis.from_url(stack.env("ops")["REDIS_URL"]) as redis:
        redis.flushall()


async def outage(stack: RunningStack, program: str, seconds: float) -> None:
    """Stop `program`, wait, and start it again."""
    await asyncio.to_thread(stack.stop, program)
    try:
        await asyncio.sleep(seconds)
    finally:
        await asyncio.to_thread(stack.start, program)
