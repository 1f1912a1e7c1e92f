"""How long to wait, and for what."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass

from charla_sdk.errors import ProblemError


@dataclass(frozen=True, slots=True)
class Pace:
    """Durations, in seconds.

    Attributes:
        first_pause_s: about the first pause after a failure; it doubles with each further one.
        longest_pause_s: a pause never grows beyond it, unless the server asks for more.
        sync_s: so often `sync` is asked though nothing seems to be wrong.
        heartbeat_s: so often the socket is tried; what the server says unless this is less.
        socket_again_s: so long polls go on, where no socket opens, before one is tried again.
        connect_s: for how long opening a socket may take.
        answer_s: for how long the answer to a request is waited for.
    """

    first_pause_s: float = 1.0
    longest_pause_s: float = 30.0
    sync_s: float = 60.0
    heartbeat_s: float = 25.0
    socket_again_s: float = 300.0
    connect_s: float = 10.0
    answer_s: float = 20.0


class Pause:
    """Growing pauses with jitter, so that many clients do not come back in the same moment."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._failures = 0
        self._hurry = asyncio.Event()

    def reset(self) -> None:
        """Says that it went well: the next pause is a short one."""
        self._failures = 0

    def hurry(self) -> None:
        """Ends the pause that is being made."""
        self._hurry.set()

    async def after(self, failure: Exception | None = None) -> None:
        """Waits; at least as long as a refusal asks for."""
        asked_s = failure.retry_after_s if isinstance(failure, ProblemError) else 0.0
        growing_s = min(self._pace.first_pause_s * 2**self._failures, self._pace.longest_pause_s)
        self._failures = min(self._failures + 1, 32)
        self._hurry.clear()
        try:
            async with asyncio.timeout(max(asked_s, growing_s * random.uniform(0.5, 1))):  # noqa: S311 - jitter
                await self._hurry.wait()
        except TimeoutError:
            pass
