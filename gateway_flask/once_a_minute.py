"""What would fill the log if each time left a line: one line a minute says that it goes on, and how often."""

from __future__ import annotations

import time
from collections.abc import Callable

_MINUTE_S = 60.0
#: How many keys are remembered; whoever changes their address for each try gets as many lines as that.
_MOST = 10_000


class OnceAMinute:
    """Lets one line a key and minute through.

    Args:
        now: A clock that only goes forward, in seconds.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._told: dict[str, tuple[float, int]] = {}

    def ask(self, key: str) -> int | None:
        """Return how many were held back since the last line of `key`; None where this one is to be, too."""
        now = self._now()
        told_at, held_back = self._told.get(key, (None, 0))
        if told_at is not None and now - told_at < _MINUTE_S:
            self._told[key] = (told_at, held_back + 1)
            return None
        if len(self._told) >= _MOST:
            self._told.clear()
        self._told[key] = (now, 0)
        return held_back
