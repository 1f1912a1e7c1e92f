"""The site of a drill: people, rooms, writers, readers, the canary, and the final reading."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import monotonic

from bench.lane import Lane
from bench.ledger import read_history
from bench.people import People, Person, for_each, patient
from bench.wire import Target
from drill.backlog import Backlog
from drill.history import History, StoredChange, StoredMessage, StoredRoom
from drill.reader import PAGE, Reader
from drill.recovery import Canary
from drill.writers import Pace, Writer
from stack.running import RunningStack

FINISH_S = 60.0


@dataclass(frozen=True)
class Cast:
    """How many take part.

    Attributes:
        sync_s: Seconds between two syncs of a reader whose socket is open.
    """

    writers: int = 32
    readers: int = 8
    rooms: int = 8
    pace: Pace = field(default_factory=Pace)
    sync_s: float = 20.0

    @property
    def people(self) -> int:
        """How many that are, with the two of the canary."""
        return self.writers + self.readers + 2


class Site:
    """Everything that one drill needs, against one running stack.

    Args:
        stack: What will be broken; None where `people` are given and nobody asks for it.
        cast: How many take part.
        seed: Makes the load reproducible.
        people: A crowd to draw from; a new one by default.
    """

    def __init__(self, stack: RunningStack | None, cast: Cast, seed: int, people: People | None = None) -> None:
        self._stack = stack
        self.cast = cast
        self.history = History()
        self.people = people or People(Target.from_url(self.stack.url))
        self.rooms: list[str] = []
        self.writers: list[Writer] = []
        self.readers: list[Reader] = []
        self._seed = seed
        self._stop = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._owner: Person
        self._canary: Canary | None = None

    @property
    def stack(self) -> RunningStack:
        """What will be broken."""
        assert self._stack is not None  # noqa: S101 - only drills of a stack ask
        return self._stack

    async def open(self) -> None:
        """Register people, make rooms, start readers and writers."""
        cast = self.cast
        crowd = await self.people.first(cast.people)
        canaries, members = crowd[:2], crowd[2:]
        writing, reading = members[: cast.writers], members[cast.writers :]
        self._owner = members[0]
        self.rooms = [await self.people.room(f"drill {number}", members) for number in range(cast.rooms)]
        self.backlog = await asyncio.to_thread(Backlog, self.stack)
        canary_room = await self.people.room("canary", canaries)
        self._canary = Canary(self.people, canaries[0], canaries[1], canary_room, self.backlog)
        self._seat_readers(reading)
        self._seat_writers(writing)

    @property
    def canary(self) -> Canary:
        """The canary of an open site."""
        assert self._canary is not None  # noqa: S101 - `open` comes first
        return self._canary

    def _seat_readers(self, people: Sequence[Person]) -> None:
        for person in people:
            reader = Reader(self.people, person, self.rooms, self.cast.sync_s)
            self.readers.append(reader)
            self.history.views[person.id] = reader.view
            for room in self.rooms:
                self.history.members[room].add(person.id)
            self._tasks.append(asyncio.create_task(reader.run(self._stop)))

    def _seat_writers(self, people: Sequence[Person]) -> None:
        for index, person in enumerate(people):
            seed = f"{self._seed}.{index}"
            writer = Writer(self.people, person, self.rooms, self.history, seed, self.cast.pace)
            self.writers.append(writer)
            self._tasks.append(asyncio.create_task(writer.run(self._stop)))

    async def acknowledged(self, more: int, patience_s: float = FINISH_S) -> None:
        """Wait until `more` further sends were acknowledged.

        Raises:
            TimeoutError: They were not, in time.
        """
        goal = len(self.history.acks) + more
        async with asyncio.timeout(patience_s):
            while len(self.history.acks) < goal:
                self.raise_failures()
                await asyncio.sleep(0.02)

    def raise_failures(self) -> None:
        """Raise what ended a writer or a reader, if anything did: a broken load proves nothing."""
        for task in self._tasks:
            if task.done() and not task.cancelled() and (error := task.exception()) is not None:
                raise error

    async def close(self) -> list[StoredRoom]:
        """Let everybody finish what they began, and return what is stored.

        Raises:
            TimeoutError: A writer could not finish; its send never got an answer.
        """
        self._stop.set()
        async with asyncio.timeout(FINISH_S):
            await asyncio.gather(*self._tasks)
        self.canary.close()
        await self.people.freshen()
        stored = await for_each(self.rooms, 4, self._read)
        heads = {room.room: room.ver for room in stored}
        await asyncio.gather(*(reader.finish(heads) for reader in self.readers))
        return stored

    async def abandon(self) -> None:
        """End everything that is still going on, finished or not."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._canary is not None:
            self._canary.close()
        for writer in self.writers:
            writer.leave()
        for reader in self.readers:
            reader.leave()
        await asyncio.sleep(0)

    async def _read(self, room: str) -> StoredRoom:
        lane = Lane(self.people.target, self._owner.source)
        path = f"/conversations/{room}"
        answer = await patient(lambda: lane.call("GET", path, self._owner.token), "conversation")
        counters, changes = answer.json(), await self._changes(lane, room)
        lane.close()
        messages = [StoredMessage.from_view(view) for view in await read_history(self._owner, room)]
        return StoredRoom(room, counters["seq"], counters["ver"], messages, changes)

    async def _changes(self, lane: Lane, room: str) -> list[StoredChange]:
        changes: list[StoredChange] = []
        began = monotonic()
        while monotonic() - began < FINISH_S:
            after = changes[-1].ver if changes else 0
            path = f"/conversations/{room}/changes?after_ver={after}&limit={PAGE}"
            answer = await patient(
                lambda path=path: lane.call("GET", path, self._owner.token),  # type: ignore[misc]
                "changes",
            )
            page = answer.json()
            changes += [StoredChange.from_view(view) for view in page["items"]]
            if not page.get("more"):
                return changes
        msg = f"the changes of {room} do not end"
        raise TimeoutError(msg)
