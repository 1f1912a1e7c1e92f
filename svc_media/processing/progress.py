"""How far ffmpeg is, from the lines that `-progress` prints."""

from __future__ import annotations

from collections.abc import Callable


class Progress:
    """Turns ffmpeg's lines into whole percents, each told once.

    Args:
        duration_s: How long the whole is; None where nobody knows, and nothing is told then.
        tell: Called with each new percent below 100.
    """

    def __init__(self, duration_s: float | None, tell: Callable[[int], None]) -> None:
        self._duration_s, self._tell = duration_s, tell
        self._told = 0

    def __call__(self, line: str) -> None:
        """Hear one line."""
        name, _, value = line.partition("=")
        if name != "out_time_us" or not self._duration_s or not value.strip().isdigit():
            return
        percent = min(99, int(int(value) / 10_000 / self._duration_s))
        if percent > self._told:
            self._told = percent
            self._tell(percent)
