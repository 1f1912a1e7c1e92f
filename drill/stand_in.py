"""A stand-in: a program of the stack started by the drill in its place, with something in its environment changed."""

from __future__ import annotations

import asyncio
import ctypes
import signal
import subprocess
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from http.client import HTTPConnection, HTTPException

import psutil

from stack.running import RunningStack

READY_S, END_S = 60.0, 25.0
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)


@asynccontextmanager
async def stand_in(
    stack: RunningStack, program: str, change: Callable[[Mapping[str, str]], Mapping[str, str]]
) -> AsyncIterator[None]:
    """Have `program` run with another environment inside the block, and as it was afterwards.

    Args:
        stack: Whose program it is.
        program: Its name.
        change: Returns what is to be different in its environment.

    Raises:
        TimeoutError: The stand-in was not ready in time.
    """
    found = psutil.Process(stack.pid(program))
    command, environment, folder = found.cmdline(), found.environ(), found.cwd()
    await asyncio.to_thread(stack.stop, program)
    try:
        child = subprocess.Popen(  # noqa: S603, PLW1509 - a program of ours; it may not outlive the drill
            command,
            cwd=folder,
            env={**environment, **change(environment)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=_die_with_parent,
        )
        try:
            await _ready(int(environment["HEALTH_PORT"]))
            yield
        finally:
            await asyncio.to_thread(_end, child)
    finally:
        await asyncio.to_thread(stack.start, program)


def _die_with_parent() -> None:
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


async def _ready(port: int) -> None:
    async with asyncio.timeout(READY_S):
        while not await asyncio.to_thread(_is_ready, port):
            await asyncio.sleep(0.2)


def _is_ready(port: int) -> bool:
    wire = HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        wire.request("GET", "/readyz")
        return wire.getresponse().status == 200  # noqa: PLR2004
    except (OSError, HTTPException):
        return False
    finally:
        wire.close()


def _end(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(END_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
