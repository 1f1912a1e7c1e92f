"""Killing one part while people write loses nothing, and all is well again without help."""

from __future__ import annotations

import asyncio

import pytest

from drill.faults import GATEWAY_WORKER, Fault, pid_of, replaced, strike
from drill.scene import Scene

pytestmark = pytest.mark.faults

PARTS = ("messaging", "messaging-relay", GATEWAY_WORKER, "rabbitmq", "postgres", "redis")


@pytest.mark.parametrize("part", PARTS)
def test_kill_loses_nothing(scene: Scene, runner: asyncio.Runner, part: str) -> None:
    """kill -9 of a part, while 32 people write."""

    async def play() -> None:
        await scene.begin()
        victim = pid_of(scene.stack, part)
        await strike(scene.stack, Fault("kill", part))
        await scene.well()
        assert await replaced(scene.stack, part, victim)
        assert await scene.findings() == []

    runner.run(play())
