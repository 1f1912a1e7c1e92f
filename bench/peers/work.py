"""The work that every server is put to."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from time import perf_counter

from bench.figures import percentile
from bench.load import cpu_seconds
from bench.peers.adapter import PAGE, Member, Server, text_of
from bench.peers.processor import Meter
from bench.people import SetupError

PATIENCE_S = 15.0
#: Everybody is in so many rooms.
ROOMS_EACH = 2
HISTORY = 1_000
READERS = 16

_numbers = count(1)


@dataclass(frozen=True)
class Room:
    """A room and who is in it, as places in the list of members."""

    id: str
    members: tuple[int, ...]


def seats(people: int, members: int) -> list[tuple[int, ...]]:
    """Return who is in which room, so that each of `people` is in two rooms with others each time."""
    step = people // members
    neighbours = [tuple(range(first, first + members)) for first in range(0, people, members)]
    apart = [tuple(first + step * turn for turn in range(members)) for first in range(step)]
    return neighbours + apart


@dataclass
class Crowd:
    """So many members of a server, their rooms, and the processes that serve them."""

    members: Sequence[Member]
    rooms: list[Room]
    processes: Sequence[int] = ()

    def rooms_of(self) -> list[list[Room]]:
        """Return each member's rooms."""
        return [[room for room in self.rooms if index in room.members] for index in range(len(self.members))]


async def gather(server: Server, members: Sequence[Member], size: int) -> Crowd:
    """Return a crowd of these members in rooms of `size`."""
    places = seats(len(members), size)
    rooms = [Room(await server.room([members[at] for at in place]), place) for place in places]
    return Crowd(members, rooms, server.processes)


@dataclass
class Seen:
    """What a load saw in its measured part.

    Attributes:
        acknowledged: Seconds from send to acknowledgement.
        delivered: Seconds from send to the arrival at each other member.
        missing: Arrivals that did not come in time.
        refused: Sends that were not acknowledged.
        driver_s: Processor seconds of the bench itself.
        server_s: Of all processes of the server and of PostgreSQL.
    """

    seconds: float = 0.0
    acknowledged: list[float] = field(default_factory=list)
    delivered: list[float] = field(default_factory=list)
    missing: int = 0
    refused: int = 0
    driver_s: float = 0.0
    server_s: float = 0.0

    def figures(self) -> dict[str, float]:
        """Return rate, milliseconds, and processor time for a message."""
        sent = len(self.acknowledged)
        return {
            "rate": sent / self.seconds,
            "ack_p50_ms": percentile(self.acknowledged, 0.5) * 1e3,
            "ack_p99_ms": percentile(self.acknowledged, 0.99) * 1e3,
            "delivery_p50_ms": percentile(self.delivered, 0.5) * 1e3,
            "delivery_p99_ms": percentile(self.delivered, 0.99) * 1e3,
            "missing": self.missing,
            "refused": self.refused,
            "driver_share": self.driver_s / self.seconds,
            "server_us": self.server_s / max(sent, 1) * 1e6,
        }


class Sending:
    """Messages under way in a crowd, and what became of them."""

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd
        self._rooms = crowd.rooms_of()
        self._turn = [0] * len(crowd.members)
        self._sent: dict[bytes, tuple[float, int, int]] = {}
        self._acknowledged: dict[bytes, float] = {}
        self._arrived: list[tuple[float, bytes, int]] = []
        self.refused = 0
        for index, member in enumerate(crowd.members):
            member.on_mark = self._hears(index)

    def _hears(self, index: int) -> Callable[[float, bytes], None]:
        return lambda moment, mark: self._arrived.append((moment, mark, index))

    def fire(self, index: int, then: Callable[[], None] = lambda: None) -> None:
        """Have a member send into the next of their rooms."""
        rooms = self._rooms[index]
        room = rooms[self._turn[index] % len(rooms)]
        self._turn[index] += 1
        mark, text = text_of(next(_numbers))

        def done(ok: bool) -> None:
            if ok:
                self._acknowledged[mark] = perf_counter()
            else:
                self.refused += 1
                del self._sent[mark]
            then()

        self._sent[mark] = (perf_counter(), index, len(room.members) - 1)
        self._crowd.members[index].send(room.id, mark, text, done)

    def _came(self, begins: float, ends: float) -> tuple[int, list[float]]:
        expected = sum(others for at, _, others in self._sent.values() if begins <= at < ends)
        found: dict[tuple[bytes, int], float] = {}
        for moment, mark, index in self._arrived:
            at, sender, _ = self._sent.get(mark, (0.0, index, 0))
            if index != sender and begins <= at < ends:
                found.setdefault((mark, index), moment - at)
        return expected, list(found.values())

    async def settle(self, begins: float, ends: float) -> Seen:
        """Wait for what is under way and return what was seen of sends that began in that time."""
        deadline = perf_counter() + PATIENCE_S
        while perf_counter() < deadline:
            expected, delivered = self._came(begins, ends)
            if len(delivered) >= expected and len(self._acknowledged) == len(self._sent):
                break
            await asyncio.sleep(0.2)
        expected, delivered = self._came(begins, ends)
        acknowledged = [
            self._acknowledged[mark] - at
            for mark, (at, _, _) in self._sent.items()
            if mark in self._acknowledged and begins <= at < ends
        ]
        return Seen(ends - begins, acknowledged, delivered, expected - len(delivered), self.refused)


async def saturate(crowd: Crowd, seconds: float, warm_up_s: float) -> Seen:
    """Have each member send again as soon as they are acknowledged."""
    sending = Sending(crowd)
    begins = perf_counter() + warm_up_s
    ends = begins + seconds

    def again(index: int) -> None:
        if perf_counter() < ends:
            sending.fire(index, lambda: again(index))

    for index in range(len(crowd.members)):
        again(index)
    await asyncio.sleep(begins - perf_counter())
    meter, driver_s = Meter(crowd.processes), cpu_seconds()
    await asyncio.sleep(ends - perf_counter())
    server_s, driver_s = meter.seconds(), cpu_seconds() - driver_s
    seen = await sending.settle(begins, ends)
    seen.server_s, seen.driver_s = server_s, driver_s
    return seen


async def drip(crowd: Crowd, rate: float, seconds: float) -> Seen:
    """Send at a low rate, whatever the answers do, each time somebody else."""
    sending = Sending(crowd)
    begins = perf_counter()
    for turn in range(int(rate * seconds)):
        await asyncio.sleep(max(0.0, begins + turn / rate - perf_counter()))
        sending.fire(turn % len(crowd.members))
    await asyncio.sleep(max(0.0, begins + seconds - perf_counter()))
    return await sending.settle(begins, perf_counter())


@dataclass
class Archive:
    """A room with a history, and places in it from where pages can be asked."""

    readers: Sequence[Member]
    room: str
    places: list[str]


async def archive(server: Server, members: Sequence[Member]) -> Archive:
    """Return a room of `READERS` people with `HISTORY` messages.

    Raises:
        SetupError: Pages are not of 50.
    """
    readers = list(members[:READERS])
    room = await server.room(readers)
    sending = Sending(Crowd(readers, [Room(room, tuple(range(len(readers))))]))

    async def fill(index: int) -> None:
        for _ in range(HISTORY // len(readers) + 1):
            done = asyncio.Event()
            sending.fire(index, done.set)
            await done.wait()

    await asyncio.gather(*(fill(index) for index in range(len(readers))))
    await asyncio.sleep(1.0)
    places: list[str] = []
    before: str | None = None
    for _ in range(HISTORY // PAGE - 1):
        page = await readers[0].page(room, before)
        if page.messages != PAGE:
            msg = f"a page of history has {page.messages} messages"
            raise SetupError(msg)
        before = page.before
        places.append(before)
    return Archive(readers, room, places)


async def read(of: Archive, seconds: float, warm_up_s: float) -> dict[str, float]:
    """Have all readers ask for pages at random places, one after the other."""
    dice = random.Random(7)
    begins = perf_counter() + warm_up_s
    ends = begins + seconds
    taken: list[float] = []
    short = 0

    async def one(reader: Member) -> None:
        nonlocal short
        while (at := perf_counter()) < ends:
            page = await reader.page(of.room, dice.choice(of.places[:-1]))
            if at >= begins:
                taken.append(perf_counter() - at)
                short += page.messages != PAGE

    await asyncio.gather(*(one(reader) for reader in of.readers))
    return {
        "rate": len(taken) / seconds,
        "p50_ms": percentile(taken, 0.5) * 1e3,
        "p99_ms": percentile(taken, 0.99) * 1e3,
        "short": short,
    }
