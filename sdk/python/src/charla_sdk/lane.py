"""The events of one place: each is handled once, in order, whatever way it came."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

from charla_sdk.errors import ProblemError, Unreachable
from charla_sdk.events import Event, log
from charla_sdk.pace import Pace, Pause
from charla_sdk.places import Place

T = TypeVar("T")

#: As many events may wait in memory; what comes beyond is asked for again later.
_MOST_WAITING = 1_000


class Lane:
    """Handles the events of one place, one after the other.

    Args:
        place: where they happen.
        head: the number of the last event that was handled; None where the person has just come.
        handle: handles one.
        save: keeps the number of the last one that was handled.
        pace: how long to pause where missed events cannot be had.
    """

    def __init__(
        self,
        place: Place,
        head: int | None,
        handle: Callable[[Event], Awaitable[None]],
        save: Callable[[str, int], Awaitable[None]],
        pace: Pace,
    ) -> None:
        self._place = place
        self._handle = handle
        self._save = save
        self._pause = Pause(pace)
        self._waiting: deque[Event] = deque()
        self._target = 0
        self._first_seen: int | None = None
        self._woken = asyncio.Event()
        self._ending = False
        self._restart_at: int | None = None
        self.head = head

    def put(self, event: Event) -> None:
        """Takes an event over from the socket."""
        number = event.number or 0
        self._first_seen = number if self._first_seen is None else min(self._first_seen, number)
        if len(self._waiting) < _MOST_WAITING:
            self._waiting.append(event)
        else:
            self.reach(number)
        self._woken.set()

    def reach(self, number: int) -> None:
        """Says that there are events up to a number."""
        self._target = max(self._target, number)
        self._woken.set()

    def end(self) -> None:
        """Says that the person has left: what came is handled, and nothing is asked for any more."""
        self._ending = True
        self._woken.set()

    def hurry(self) -> None:
        """Ends a pause."""
        self._pause.hurry()

    def start_over(self, number: int) -> None:
        """Says that older data was restored, and that the place goes on from a number."""
        self._waiting.clear()
        self._target = 0
        self._restart_at = number
        self._woken.set()

    async def run(self) -> None:
        """Handles events until `end`, or until the server refuses the place to this person."""
        try:
            await self._begin()
            while await self._something():
                await self._step()
        except ProblemError as refusal:
            log.info("%s is followed no longer: %s", self._place.key, refusal)

    async def _something(self) -> bool:
        """Waits for something to do; returns whether there is."""
        while not self._waiting and self._target <= self._at and self._restart_at is None:
            if self._ending:
                return False
            self._woken.clear()
            await self._woken.wait()
        return True

    @property
    def _at(self) -> int:
        return self.head or 0

    async def _step(self) -> None:
        if self._restart_at is not None:
            await self._restart(self._restart_at)
            return
        event = self._waiting.popleft() if self._waiting else None
        number = self._target if event is None else event.number or 0
        if number <= self._at:
            return
        if event is not None and number == self._at + 1:
            await self._take(event)
        elif self._ending:
            self._target = 0
        else:
            await self._repair(number)

    async def _take(self, event: Event) -> None:
        await self._handle(event)
        self.head = event.number or 0
        if not self._ending:
            await self._save(self._place.key, self.head)

    async def _repair(self, until: int) -> None:
        """Asks for what was missed, up to a number."""
        while self._at < until:
            page = await self._patiently(partial(self._place.events_after, self._at))
            if page.reset:
                self.start_over(page.last)
                return
            for event in page.events:
                if event.number == self._at + 1:
                    await self._take(event)
            if not page.more:
                # Whatever is beyond does not exist for this person (yet); the next sync says so again if it does.
                self._target = min(self._target, self._at)
                return

    async def _begin(self) -> None:
        """Finds out where somebody who has just come begins: not after what the socket has told already."""
        if self.head is not None:
            return
        beginning = await self._patiently(self._place.beginning)
        self.head = beginning if self._first_seen is None else min(beginning, self._first_seen - 1)
        await self._save(self._place.key, self.head)

    async def _patiently(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Asks until there is an answer."""
        while True:
            try:
                answer = await ask()
            except (Unreachable, ProblemError) as failure:
                if not failure.is_temporary:
                    raise
                await self._pause.after(failure)
            else:
                self._pause.reset()
                return answer

    async def _restart(self, number: int) -> None:
        self._restart_at = None
        self.head = number
        await self._handle(self._place.reset(number))
        await self._save(self._place.key, number)
