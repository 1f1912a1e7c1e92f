"""The load: writers and readers of conversations, and a channel with an author and followers."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from time import monotonic
from typing import NamedTuple

from bench.people import People, Person, SetupError
from drill.channel import Author, Follower, begin, differences, read_log, told
from drill.checker import check
from drill.finding import Finding
from drill.history import Ack, Send, StoredRoom
from drill.site import Cast, Site
from drill.writers import Writer

FOLLOWERS = 3
#: How long everything may take that goes on by itself after the last fault.
SETTLE_S = 120.0


class Moment(NamedTuple):
    """When a message was begun and acknowledged, and by whom."""

    writer: int
    began: float
    acknowledged: float


class TimedWriter(Writer):
    """A writer whose clock is kept."""

    moments: list[Moment]
    number: int

    async def _send(self, send: Send, text: str) -> Ack | None:
        began = monotonic()
        ack = await super()._send(send, text)
        if ack is not None:
            self.moments.append(Moment(self.number, began, monotonic()))
        return ack


class Load(Site):
    """A site without a stack and a canary, with a channel.

    Args:
        cast: How many take part.
        seed: Makes the load reproducible.
        people: A crowd to draw from.
    """

    def __init__(self, cast: Cast, seed: int, people: People) -> None:
        super().__init__(None, cast, seed, people)
        self.moments: list[Moment] = []
        self._channel_tasks: list[asyncio.Task[None]] = []

    async def open(self) -> None:
        """Register people, make rooms and a channel, and let everybody begin."""
        cast = self.cast
        crowd = await self.people.first(cast.writers + cast.readers + FOLLOWERS + 1)
        author, followers, members = crowd[0], crowd[1 : FOLLOWERS + 1], crowd[FOLLOWERS + 1 :]
        writing, reading = members[: cast.writers], members[cast.writers :]
        self._owner = members[0]
        self.rooms = [await self.people.room(f"drill {number}", members) for number in range(cast.rooms)]
        self._seat_readers(reading)
        self._seat_timed_writers(writing)
        await self._begin_channel(author, followers)

    def _seat_timed_writers(self, people: list[Person]) -> None:
        for number, person in enumerate(people):
            seed = f"{self._seed}.{number}"
            writer = TimedWriter(self.people, person, self.rooms, self.history, seed, self.cast.pace)
            writer.moments, writer.number = self.moments, number
            self.writers.append(writer)
            self._tasks.append(asyncio.create_task(writer.run(self._stop)))

    async def _begin_channel(self, author: Person, followers: list[Person]) -> None:
        self.channel = await begin(author, followers)
        self._author_is, self._named = author, followers[0]
        self.author = Author(self.people, author, self.channel, self._named)
        self.followers = [Follower(self.people, each, self.channel) for each in followers]
        self._channel_tasks = [
            asyncio.create_task(self._publish()),
            *(asyncio.create_task(each.run(self._stop)) for each in self.followers),
        ]

    async def _publish(self) -> None:
        """Publish until the end, twice a second."""
        while not self._stop.is_set():
            if self._author_is.stale:
                with suppress(SetupError):  # the token has half its life left
                    await self.people.refresh(self._author_is, patience_s=0.0)
            await self.author.publish()
            await asyncio.sleep(0.5)

    async def findings(self) -> list[Finding]:
        """End the load, wait until everything was told, and return what is not as was promised."""
        self._stop.set()
        try:
            async with asyncio.timeout(SETTLE_S):
                await asyncio.gather(*self._tasks, *self._channel_tasks)
                found = check(self.history, await self._stored())
                return [*found, *await self._of_channel()]
        except (TimeoutError, SetupError) as error:
            return [Finding("unanswered", "", f"not everything came to an end within {SETTLE_S:.0f} s: {error}")]

    async def abandon(self) -> None:
        """End everything that is still going on, finished or not."""
        self._tasks += self._channel_tasks
        await super().abandon()
        if self._channel_tasks:
            self.author.leave()
            for each in self.followers:
                each.leave()

    async def _stored(self) -> list[StoredRoom]:
        await self.people.freshen()
        stored = [await self._read(room) for room in self.rooms]
        heads = {room.room: room.ver for room in stored}
        await asyncio.gather(*(reader.finish(heads) for reader in self.readers))
        return stored

    async def _of_channel(self) -> list[Finding]:
        """Compare the channel's log with what its author, its followers and a person's list were told."""
        log = await read_log(self._named, self.channel)
        found = [Finding("channel", self.channel, each) for each in differences(log, self.author)]
        await asyncio.gather(*(each.finish(log[-1]["seq"] if log else 0) for each in self.followers))
        posts = len(self.author.acknowledged)
        end = monotonic() + SETTLE_S / 2
        while (count := await told(self._named, self.channel)) < posts and monotonic() < end:
            await asyncio.sleep(0.5)
        if count != posts:
            found.append(Finding("untold", self.channel, f"{count} of {posts} mentions are in the list of who was"))
        return found
