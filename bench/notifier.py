"""A notifier that may call the bench's push service, in place of the stack's own."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from stack import topology
from stack.running import RunningStack

NAME = "subscriptions-notifier"
ROOT = Path(__file__).parents[1]


class Notifier:
    """A notifier's process."""

    def __init__(self, stack: RunningStack, allowed: str, log: Path) -> None:
        environment = stack.env(NAME) | {"OUTGOING_ALLOW": allowed}
        command = [sys.executable, *topology.program(NAME).command[1:]]
        self._stack = stack
        with log.open("ab") as file:
            self._process = subprocess.Popen(  # noqa: S603 - the stack's own command
                command, cwd=ROOT, env=environment, stdout=file, stderr=file
            )

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    async def ready(self) -> None:
        """Wait until it works.

        Raises:
            StackError: It does not, in time.
        """
        await asyncio.to_thread(self._stack.wait_until_ready, NAME)

    def end(self) -> None:
        """Let it drain, and wait for its end."""
        self._process.terminate()
        self._process.wait()


@asynccontextmanager
async def notifier(stack: RunningStack, allowed: str, log: Path) -> AsyncIterator[Notifier]:
    """Start a notifier with the stack's settings, in which `allowed` may be called; it is ready soon.

    Args:
        stack: The stack, whose own notifier rests meanwhile.
        allowed: An address and port of this machine.
        log: Where it writes to.
    """
    await asyncio.to_thread(stack.stop, NAME)
    try:
        found = Notifier(stack, allowed, log)
        try:
            yield found
        finally:
            await asyncio.to_thread(found.end)
    finally:
        await asyncio.to_thread(stack.start, NAME)
