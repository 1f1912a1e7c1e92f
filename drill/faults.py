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

from stack.running import RunningStack

Kind = Literal["kill", "freeze", "restart"]

GATEWAY_WORKER = "gateway-worker"
TARGETS = (
    "messaging",
    "messaging-relay",
    "messaging-worker",
    "auth",
    GATEWAY_WORKER,
    "rabbitmq",
    "postgres",
    "redis",
)
KINDS: tuple[Kind, ...] = ("kill", "freeze", "restart")
#: How long a freeze lasts, from and to, in seconds; some outlast a call's deadline, some a heartbeat.
FREEZE_S = (2.0, 12.0)


class Fault(NamedTuple):
    """One thing that goes wrong. `seconds` is how long a freeze or an outage lasts."""

    kind: Kind
    program: str
    seconds: float = 0.0

    def __str__(self) -> str:
        return f"{self.kind} {self.program}" + (f" {self.seconds:.1f} s" if self.seconds else "")


def plan(seed: int) -> Iterator[Fault]:
    """Yield faults without end: every pair of program and kind once, shuffled, then again."""
    dice = random.Random(seed)  # noqa: S311 - a reproducible order, no secrets
    while True:
        pairs: list[tuple[Kind, str]] = [(kind, program) for kind in KINDS for program in TARGETS]
        dice.shuffle(pairs)
        for kind, program in pairs:
            # a single gateway worker cannot be restarted alone
            fitting: Kind = "kill" if (kind, program) == ("restart", GATEWAY_WORKER) else kind
            yield Fault(fitting, program, dice.uniform(*FREEZE_S) if fitting == "freeze" else 0.0)


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
    if fault.kind == "restart":
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


async def outage(stack: RunningStack, program: str, seconds: float) -> None:
    """Stop `program`, wait, and start it again."""
    await asyncio.to_thread(stack.stop, program)
    try:
        await asyncio.sleep(seconds)
    finally:
        await asyncio.to_thread(stack.start, program)
