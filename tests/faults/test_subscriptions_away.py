"""Without svc_subscriptions conversations go on; what needs it says so, and comes back with it."""

from __future__ import annotations

import asyncio
import uuid

import pytest

from bench.lane import Lane
from bench.people import People, Person
from bench.wire import Response
from stack.running import RunningStack

pytestmark = pytest.mark.faults

NEEDS_IT = ("/channels?query=owls", "/channels/mine", "/notifications", "/push/key")


def test_conversations_go_on_and_channels_answer_503(
    stack: RunningStack, people: People, runner: asyncio.Runner
) -> None:
    """Routes of svc_subscriptions answer 503 with Retry-After; sending and reading do not wait for it."""

    async def play() -> None:
        (person,) = await people.first(1)
        room = await people.room("while subscriptions is away", [person])
        lane = Lane(people.target, person.source)
        try:
            stack.stop("subscriptions")
            for path in NEEDS_IT:
                answer = await lane.call("GET", path, person.token)
                assert (answer.status, answer.header("retry-after")) == (503, "1"), path
            assert [await _send_and_read(lane, person, room) for _ in range(20)] == [(201, 200)] * 20
            stack.start("subscriptions")
            # A breaker looks once a second whether somebody is there again, as `Retry-After` says.
            await asyncio.sleep(1.1)
            await lane.call("GET", NEEDS_IT[0], person.token)
            assert [(await lane.call("GET", path, person.token)).status for path in NEEDS_IT] == [200] * 4
        finally:
            lane.close()
            if not stack.pid("subscriptions"):
                stack.start("subscriptions")

    runner.run(play())


async def _send_and_read(lane: Lane, person: Person, room: str) -> tuple[int, int]:
    body = {"client_msg_id": str(uuid.uuid4()), "text": "Does this go on?"}
    sent: Response = await lane.call("POST", f"/conversations/{room}/messages", person.token, body)
    async with asyncio.timeout(1.0):  # half of what a call to a service that hangs would take
        read = await lane.call("POST", f"/conversations/{room}/read", person.token, {"up_to_seq": 1})
    return sent.status, read.status
