"""A wrong clock: a program that is told another time of day than all others, by Debian's `libfaketime`."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

from drill.stand_in import stand_in
from stack.running import RunningStack

#: Where Debian's package `libfaketime` puts it; the multi-threaded one, as services have threads.
LIBRARIES = tuple(
    Path(f"/usr/lib/{machine}-linux-gnu/faketime/libfaketimeMT.so.1") for machine in ("x86_64", "aarch64")
)


def library() -> Path | None:
    """Return libfaketime; None where it is not installed."""
    return next((path for path in LIBRARIES if path.exists()), None)


async def skew(stack: RunningStack, program: str, by_s: int, seconds: float) -> None:
    """Let a program's time of day be wrong by `by_s` seconds for a while; what it measures stays right."""
    found = library()

    def change(environment: Mapping[str, str]) -> dict[str, str]:
        return {"LD_PRELOAD": str(found), "FAKETIME": f"{by_s:+d}s", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}

    async with stand_in(stack, program, change):
        await asyncio.sleep(seconds)
