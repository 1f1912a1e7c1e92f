"""Natural batching inside of a process: what comes in while a batch is under way is the next one. No timer, no thread.

Whoever asks while fewer than `in_flight` batches are under way takes all that waits, does it, and wakes the others;
when a batch is over and more waits, one of those who wait takes it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from threading import Event as Flag
from threading import Lock
from typing import Generic, TypeVar

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")


class _Waiting(Generic[Item, Outcome]):
    """An item, and whoever waits for what comes of it."""

    def __init__(self, item: Item) -> None:
        self.item = item
        self.flag = Flag()
        self.leads = False
        self.done = False
        self.outcome: Outcome | None = None
        self.error: Exception | None = None


class Batcher(Generic[Item, Outcome]):
    """Calls `work` with lists of items; it returns an outcome for each of them.

    Args:
        work: Does one batch. What it raises is raised to all whose items are in the batch.
        most: The most items of a batch.
        in_flight: How many batches may be under way at once.
    """

    def __init__(self, work: Callable[[Sequence[Item]], Sequence[Outcome]], most: int, in_flight: int) -> None:
        self._work, self._most, self._free = work, most, in_flight
        self._queue: deque[_Waiting[Item, Outcome]] = deque()
        self._lock = Lock()

    def do(self, item: Item) -> Outcome:
        """Return what comes of an item."""
        mine: _Waiting[Item, Outcome] = _Waiting(item)
        with self._lock:
            self._queue.append(mine)
            mine.leads = self._free > 0
            self._free -= mine.leads
        while not mine.done or mine.leads:
            self._take_part(mine)
        if mine.error is not None:
            raise mine.error
        return mine.outcome  # type: ignore[return-value]

    def _take_part(self, mine: _Waiting[Item, Outcome]) -> None:
        """Lead, or wait. Another one may do the item of somebody who was about to lead: they hand it on."""
        if mine.leads:
            mine.leads = False
            if not mine.done:
                self._do_batch()
            self._hand_on()
        else:
            mine.flag.wait()
            mine.flag.clear()

    def _do_batch(self) -> None:
        with self._lock:
            batch = [self._queue.popleft() for _ in range(min(self._most, len(self._queue)))]
        try:
            outcomes = self._work([each.item for each in batch]) if batch else []
            for waiting, outcome in zip(batch, outcomes, strict=True):
                waiting.outcome = outcome
        except Exception as error:  # noqa: BLE001 - each of them is told
            for waiting in batch:
                waiting.error = error
        for waiting in batch:
            waiting.done = True
            waiting.flag.set()

    def _hand_on(self) -> None:
        with self._lock:
            following = next((each for each in self._queue if not each.leads), None)
            if following is None:
                self._free += 1
                return
            following.leads = True
        following.flag.set()
