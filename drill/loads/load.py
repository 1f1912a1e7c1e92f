"""What a load is to a drill, and the loop that most of them are."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Coroutine
from typing import Any, Protocol

from drill.finding import Finding


class Load(Protocol):
    """People who do one kind of thing until they are told to stop, and then finish what they began."""

    @property
    def name(self) -> str:
        """What they do, in a word."""

    @property
    def done(self) -> int:
        """How often they were told that it is done."""

    async def open(self) -> None:
        """Make what they need, while all is well."""

    async def run(self, stop: asyncio.Event) -> None:
        """Go on until `stop`."""

    async def findings(self) -> list[Finding]:
        """Read what is stored when all is well again, and return every broken promise."""

    def summary(self) -> str:
        """Return in a line what was done."""

    def leave(self) -> None:
        """Close all connections."""


async def together(*parts: Coroutine[Any, Any, None]) -> None:
    """Run all of them; one that fails ends the others."""
    async with asyncio.TaskGroup() as group:
        for part in parts:
            group.create_task(part)


async def now_and_then(stop: asyncio.Event, dice: random.Random, mean_s: float) -> bool:
    """Wait about `mean_s`, or until `stop`; tell whether to go on."""
    try:
        async with asyncio.timeout(dice.expovariate(1 / mean_s)):
            await stop.wait()
    except TimeoutError:
        return True
    return False
