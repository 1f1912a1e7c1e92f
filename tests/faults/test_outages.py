"""While a part is away clients are told so, and what was acknowledged stays."""

from __future__ import annotations

import asyncio
import uuid

import pytest
import redis

from bench.lane import Lane
from bench.people import Person
from bench.wire import Response, Target
from drill.faults import outage
from drill.scene import Scene
from stack.running import RunningStack

pytestmark = pytest.mark.faults

BROKER_AWAY_S = 10.0


async def _send_once(target: Target, person: Person, room: str) -> Response:
    lane = Lane(target, person.source)
    try:
        body = {"client_msg_id": str(uuid.uuid4()), "text": "Does this get through?"}
        return await lane.call("POST", f"/conversations/{room}/messages", person.token, body)
    finally:
        lane.close()


def test_sends_are_told_to_retry_while_the_broker_is_away(scene: Scene, runner: asyncio.Runner) -> None:
    """503 with Retry-After, never another error and never silence; then all is well."""

    async def play() -> None:
        await scene.begin()
        site = scene.site
        (person,) = await site.people.first(1)
        room = await site.people.room("while the broker is away", [person])
        away = asyncio.create_task(outage(site.stack, "rabbitmq", BROKER_AWAY_S))
        while site.stack.pid("rabbitmq"):
            await asyncio.sleep(0.05)
        answers = [await _send_once(site.people.target, person, room) for _ in range(3)]
        assert [answer.status for answer in answers] == [503] * 3
        assert all(int(answer.header("retry-after") or -1) >= 0 for answer in answers)
        assert all((answer.header("content-type") or "").startswith("application/problem+json") for answer in answers)
        await away
        await scene.well()
        assert await scene.findings() == []

    runner.run(play())


def test_flushing_redis_loses_nothing(scene: Scene, runner: asyncio.Runner, stack: RunningStack) -> None:
    """Redis holds nothing that cannot be rebuilt."""

    async def play() -> None:
        await scene.begin()
        with redis.Redis.from_url(stack.env("ops")["REDIS_URL"]) as cache:
            for _ in range(3):
                await asyncio.to_thread(cache.flushall)
                await scene.site.acknowledged(50)
        await scene.well()
        assert await scene.findings() == []

    runner.run(play())
