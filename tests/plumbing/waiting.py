"""Waiting for facts instead of sleeping."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any


def until(fact: Callable[[], Any], seconds: float = 60.0) -> Any:
    """Return what `fact` returns once that is true; fail when it does not become so in time."""
    deadline = time.monotonic() + seconds
    while True:
        found = fact()
        if found:
            return found
        assert time.monotonic() < deadline, f"not so within {seconds} s; last seen: {found!r}"
        time.sleep(0.01)
