"""A channel: an author who publishes whatever happens, and followers who must have seen it all."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from bench.people import People, Person
from drill.channel import Author, Follower, begin, differences, read_log
from drill.finding import Finding
from drill.loads.load import together

SEEN_S = 60.0


class Channel:
    """One author, and some followers with a socket each.

    Args:
        people: Refreshes tokens.
        owner: Who publishes.
        followers: Who follows; the first of them is mentioned in every post.
    """

    name = "channel"

    def __init__(self, people: People, owner: Person, followers: Sequence[Person]) -> None:
        self._people = people
        self._owner = owner
        self._following = followers
        self._channel = ""
        self._author: Author
        self._followers: list[Follower] = []

    @property
    def done(self) -> int:
        """How many posts were acknowledged."""
        return len(self._author.acknowledged)

    async def open(self) -> None:
        """Make the channel, and let everybody follow it."""
        self._channel = await begin(self._owner, self._following)
        self._author = Author(self._people, self._owner, self._channel, self._following[0])
        self._followers = [Follower(self._people, each, self._channel) for each in self._following]

    async def run(self, stop: asyncio.Event) -> None:
        """Publish and follow until `stop`."""
        await together(self._author.run(stop), *(each.run(stop) for each in self._followers))

    async def findings(self) -> list[Finding]:
        """Hold the channel's log against what its author was told, and what its followers saw against the log."""
        log = await read_log(self._owner, self._channel)
        found = [Finding("channel", self._channel, detail) for detail in differences(log, self._author)]
        try:
            async with asyncio.timeout(SEEN_S):
                await asyncio.gather(*(each.finish(len(log)) for each in self._followers))
        except TimeoutError:
            heads = [each.head for each in self._followers]
            found.append(Finding("unseen", self._channel, f"followers are at {heads} of {len(log)}"))
        return found

    def summary(self) -> str:
        """Return in a line what was done."""
        heard = sum(len(each.heard) for each in self._followers)
        return (
            f"{self.done} posts acknowledged, {self._author.retries} retries,"
            f" {len(self._followers)} followers heard {heard:,} by socket"
        )

    def leave(self) -> None:
        """Close all connections."""
        self._author.leave()
        for each in self._followers:
            each.leave()
