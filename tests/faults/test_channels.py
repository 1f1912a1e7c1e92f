"""A channel whose parts go away: nobody misses a post, and conversations go on."""

from __future__ import annotations

import asyncio
import json
import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import pytest

from bench.live import sign_in
from bench.people import People, Person, patient
from drill import channel as channels
from drill.channel import Author, Follower
from drill.faults import Fault, outage, strike
from drill.recovery import DEADLINE_S
from stack.running import RunningStack

pytestmark = pytest.mark.faults

#: `OUTAGE_S=60 ./charla test tests/faults/test_channels.py` takes the broker away for a minute.
OUTAGE_S = float(os.environ.get("OUTAGE_S", "15"))
FOLLOWERS = 4
POSTS = 20
SETTLED_S = 60.0


@dataclass
class Press:
    """A channel at work: an author, followers on their sockets, and the first of them named in every post."""

    stack: RunningStack
    channel: str
    owner: Person
    named: Person
    author: Author
    followers: list[Follower]
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    async def published(self, more: int) -> None:
        """Wait until so many more posts were acknowledged."""
        goal = len(self.author.acknowledged) + more
        await until(lambda: len(self.author.acknowledged) >= goal)

    async def findings(self) -> list[str]:
        """End the work and return what is wrong."""
        await until(self._all_are_open)
        await self.published(POSTS)
        self.stop.set()
        log = await self._whole_log()
        found = channels.differences(log, self.author)
        async with asyncio.timeout(SETTLED_S):
            await asyncio.gather(*(each.finish(log[-1]["seq"]) for each in self.followers))
        for each in self.followers:
            if each.seen != {entry["seq"]: entry["type"] for entry in log}:
                found.append("a follower saw something else")
        return found

    def scheduled_were_heard(self) -> bool:
        """Tell whether every follower's socket has brought what came out by itself."""
        return all(self.author.scheduled <= each.heard for each in self.followers)

    def _all_are_open(self) -> bool:
        return all(each.open.is_set() for each in self.followers)

    async def _whole_log(self) -> list[dict[str, object]]:
        async with asyncio.timeout(SETTLED_S):
            while True:
                log = await channels.read_log(self.owner, self.channel)
                if self.author.scheduled <= {entry["post"]["id"] for entry in log if entry["post"]}:
                    return log
                await asyncio.sleep(0.2)

    async def lines(self, wanted: int) -> int:
        """Wait until the list of whoever is named has as many lines as it shall; return how many it has."""
        began = monotonic()
        while (count := await channels.told(self.named, self.channel)) < wanted and monotonic() - began < SETTLED_S:
            await asyncio.sleep(0.2)
        return count


async def until(fact) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(SETTLED_S + OUTAGE_S):
        while not fact():
            await asyncio.sleep(0.02)


@asynccontextmanager
async def press(stack: RunningStack, people: People) -> AsyncIterator[Press]:
    """Give a channel at work, and clear it away whatever happens."""
    owner, *crowd = await people.first(FOLLOWERS + 1)
    channel = await channels.begin(owner, crowd)
    author = Author(people, owner, channel, crowd[0])
    followers = [Follower(people, each, channel) for each in crowd]
    made = Press(stack, channel, owner, crowd[0], author, followers)
    tasks = [asyncio.create_task(each.run(made.stop)) for each in (*followers, author)]
    try:
        await made.published(POSTS)
        yield made
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for each in (*followers, author):
            each.leave()
        await asyncio.sleep(0)


def test_nothing_is_missing_after_an_outage_of_the_broker(
    stack: RunningStack, people: People, runner: asyncio.Runner
) -> None:
    """Posts are refused meanwhile and sent again; scheduled ones come out, live, while it is away."""

    async def play() -> None:
        async with press(stack, people) as at_work:
            for part in (0.2, 0.4, 0.6):
                await at_work.author.schedule(5.0 + OUTAGE_S * part)
            before = len(at_work.author.acknowledged)
            away = asyncio.create_task(outage(stack, "rabbitmq", OUTAGE_S))
            await until(lambda: not stack.pid("rabbitmq"))
            await until(at_work.scheduled_were_heard)
            assert not away.done()
            await away
            assert await at_work.findings() == []
            posts = len(at_work.author.acknowledged) + len(at_work.author.scheduled)
            assert at_work.author.retries > 0
            assert posts > before + len(at_work.author.scheduled)
            assert await at_work.lines(posts) == posts

    runner.run(play())


@pytest.mark.parametrize("part", ["subscriptions", "subscriptions-worker", "subscriptions-notifier"])
def test_killing_a_part_of_subscriptions_loses_no_post(
    stack: RunningStack, people: People, runner: asyncio.Runner, part: str
) -> None:
    """kill -9 while an author publishes and followers listen."""

    async def play() -> None:
        async with press(stack, people) as at_work:
            await strike(stack, Fault("kill", part))
            await at_work.published(POSTS)
            await asyncio.to_thread(stack.wait_until_ready, part)
            assert await at_work.findings() == []
            posts = len(at_work.author.acknowledged)
            assert await at_work.lines(posts) == posts

    runner.run(play())


class Ear:
    """What a socket hears."""

    def __init__(self) -> None:
        self.frames: list[dict[str, object]] = []

    def on_text(self, _: float, payload: bytes) -> None:
        self.frames.append(json.loads(payload))

    async def hears(self, **wanted: object) -> None:
        """Wait for a frame that has all that is wanted."""
        await until(lambda: any(wanted.items() <= frame.items() for frame in self.frames))


async def _polls_until_resync(fan: Person, cursor: str) -> None:
    """The worker that is asked may not know yet that the service is back."""
    async with asyncio.timeout(DEADLINE_S):
        frames: list[dict[str, Any]] = []
        while {"t": "resync"} not in frames:
            answer = (await fan.lane.call("POST", "/poll", fan.token, {"cursor": cursor, "timeout": 1})).json()
            frames, cursor = answer["frames"], answer["cursor"]


def test_sockets_work_without_subscriptions_and_follow_channels_when_it_is_back(
    stack: RunningStack, people: People, runner: asyncio.Runner
) -> None:
    """They open at once, hear conversations, and then `resync` and channels."""

    async def play() -> None:
        owner, fan = await people.first(2)
        channel = await channels.begin(owner, [fan])
        room = await people.room("without subscriptions", [owner, fan])
        ear, sockets = Ear(), []
        await asyncio.to_thread(stack.stop, "subscriptions")
        try:
            # two, so that the one that found out and the one that knows already are both there
            sockets.append(await sign_in(people.target, fan, "first", Ear().on_text))
            began = monotonic()
            sockets.append(await sign_in(people.target, fan, "second", ear.on_text))
            assert monotonic() - began < 20.0
            body = {"client_msg_id": str(uuid.uuid4()), "text": "Do you hear me?"}
            sent = await owner.lane.call("POST", f"/conversations/{room}/messages", owner.token, body)
            assert sent.status == 201
            await ear.hears(t="event", conv=room, type="message.created")
            synced = await fan.lane.call("POST", "/sync", fan.token, {"heads": {}, "channels": {channel: 0}})
            assert (synced.status, synced.json()["channels"]) == (200, None)
            polled = await fan.lane.call("GET", "/poll?timeout=0", fan.token)
            assert [frame["t"] for frame in polled.json()["frames"]] == ["ready"]
            assert {"t": "resync"} not in ear.frames
        finally:
            await asyncio.to_thread(stack.start, "subscriptions")
        await ear.hears(t="resync")
        post = {"client_post_id": str(uuid.uuid4()), "text": "We are back."}
        path = f"/channels/{channel}/posts"
        await patient(lambda: owner.lane.call("POST", path, owner.token, post), "post")
        await ear.hears(t="channel_event", channel=channel, type="post.published")
        await _polls_until_resync(fan, polled.json()["cursor"])
        for socket in sockets:
            socket.abort()
        await asyncio.sleep(0)

    runner.run(play())
