"""How long each part takes to be whole again, each by its own clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from time import monotonic

_LOOK_EVERY_S = 0.5


async def whole(parts: Mapping[str, Callable[[], bool]], since: float, patience_s: float) -> dict[str, float | None]:
    """Return after how many seconds each part was whole; nothing for one that is not within `patience_s`.

    A part that was whole and is not once all the others are is waited for again, so that in the end all are together.
    """
    end = since + patience_s
    found: dict[str, float | None] = {}
    lacking = list(parts)
    while lacking:
        times = await asyncio.gather(*(_whole(parts[name], since, end) for name in lacking))
        found |= zip(lacking, times, strict=True)
        if None in times:
            break
        now = await asyncio.gather(*(asyncio.to_thread(parts[name]) for name in parts))
        lacking = [name for name, is_whole in zip(parts, now, strict=True) if not is_whole]
    return found


async def _whole(is_whole: Callable[[], bool], since: float, end: float) -> float | None:
    while not await asyncio.to_thread(is_whole):
        if monotonic() > end:
            return None
        await asyncio.sleep(_LOOK_EVERY_S)
    return monotonic() - since
