"""How many requests a worker works on at once: as many as it answers soon.

A fixed number is right on one machine and at one hour. Where it is too high, whoever is let in waits behind so many
that the time is over before the turn comes: all work is done for nobody, and goes on like that for as long as people
come (docs/adr/0039). So what was let in is watched. Where most of it takes long, fewer are let in; while people are
turned away and most are answered soon, more are.
"""

from __future__ import annotations

import time
from collections.abc import Callable

#: Whoever waits for longer is no longer served well; callers give up after two seconds.
SLOW_S = 0.5
#: How often it is decided anew, and out of how many answers at least.
WINDOW_S, ENOUGH = 0.25, 8
#: Some kinds of call are slow by nature. There is always room for these, and for whoever comes beside them.
LEAST = 64
_FEWER, _MORE = 0.75, 1.25


class Admission:
    """That of one worker.

    Args:
        most: Requests at once, however quick they are.
        clock: Seconds that only grow.
    """

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._least = min(LEAST, most)
        self._clock = clock
        self.limit = most
        self.in_flight = 0
        self._window_ends = clock() + WINDOW_S
        self._answered = self._slow = 0
        self._turned_away = False

    @property
    def scarcity(self) -> float:
        """How much less is let in than could be: 1 for nothing less."""
        return self._most / self.limit

    def enter(self) -> bool:
        """Let somebody in who has to `leave`, or say that there is no room."""
        if self.in_flight >= self.limit:
            self._turned_away = True
            return False
        self.in_flight += 1
        return True

    def leave(self, took_s: float) -> None:
        """Let somebody go who was answered after `took_s`."""
        self.in_flight -= 1
        self._answered += 1
        if took_s > SLOW_S:
            self._slow += 1
        if self._answered >= ENOUGH and self._clock() >= self._window_ends:
            self._decide()

    def _decide(self) -> None:
        if self._slow * 2 > self._answered:
            self.limit = max(self._least, int(self.limit * _FEWER))
        elif self._turned_away:
            self.limit = min(self._most, int(self.limit * _MORE))
        self._window_ends = self._clock() + WINDOW_S
        self._answered = self._slow = 0
        self._turned_away = False
