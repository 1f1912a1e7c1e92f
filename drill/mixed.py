"""The mixed load: messages, and beside them whatever else people do, all at the same time and all checked."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import monotonic

from bench.people import Person
from drill import clock
from drill.checker import check
from drill.clock import skew
from drill.faults import Fault, strike
from drill.finding import Finding
from drill.loads.access import Access
from drill.loads.ads import Ads
from drill.loads.channel import Channel
from drill.loads.erasure import Erasure
from drill.loads.load import Load
from drill.loads.payments import Payments
from drill.loads.uploads import Uploads
from drill.partition import partition
from drill.promises.trouble import Trouble
from drill.site import Cast, Site
from drill.small_disk import SmallDisk
from drill.writers import Pace
from stack.running import RunningStack

PROGRESS_S = 30.0
FINISH_S = 90.0


@dataclass(frozen=True)
class Size:
    """How many take part.

    Attributes:
        cast: Who writes and reads messages.
        payers: Who pays, each one of `creators`.
        guests: Who is let in and put out.
        leavers: Who writes until their account is erased; for each of them somebody else comes.
        uploaders: Who uploads files.
        followers: Who follows a public channel.
        passers: How many strangers at a time look at a channel that carries ads.
    """

    cast: Cast = field(default_factory=Cast)
    payers: int = 4
    creators: int = 2
    guests: int = 6
    leavers: int = 2
    uploaders: int = 2
    followers: int = 3
    passers: int = 6


#: What a small machine of a CI bears beside everything else that it does.
QUICK = Size(
    Cast(writers=8, readers=2, rooms=2, pace=Pace(pause_s=0.3), sync_s=5.0),
    payers=2,
    creators=1,
    guests=3,
    leavers=1,
    uploaders=1,
    followers=2,
    passers=3,
)


class Mixed:
    """A site, and the other loads beside it.

    Args:
        stack: What will be broken.
        size: How many take part.
        seed: Makes the load reproducible.
        minutes: How long it goes on.
    """

    def __init__(self, stack: RunningStack, size: Size, seed: int, minutes: float = 0.0) -> None:
        self.stack = stack
        self.site = Site(stack, size.cast, seed)
        self.loads: list[Load] = []
        self.trouble = Trouble()
        self._disk = SmallDisk(stack, minutes)
        self._size = size
        self._seed = seed
        self._seated = size.cast.people
        self._stop = asyncio.Event()
        self._erasure: Erasure
        self._tasks: list[asyncio.Task[None]] = []

    async def open(self) -> None:
        """Open everything, and begin."""
        await asyncio.to_thread(self._disk.open)
        await self.site.open()
        self.loads = await self._make()
        for load in self.loads:
            await load.open()
        self._tasks = [asyncio.create_task(load.run(self._stop), name=load.name) for load in self.loads]

    async def _make(self) -> list[Load]:
        payers = await self._next(self._size.payers)
        creators = await self._next(self._size.creators)
        owner, host = await self._next(2)
        guests = await self._next(self._size.guests)
        people = self.site.people
        self._erasure = Erasure(self.stack, (people, host), self.trouble, f"{self._seed}.erasure", self._size.leavers)
        author, *followers = await self._next(1 + self._size.followers)
        return [
            Channel(people, author, followers),
            Payments(self.stack, people, payers, creators, f"{self._seed}.payments"),
            Access(people, owner, guests, self.trouble, f"{self._seed}.access"),
            self._erasure,
            Uploads(self.stack, people, await self._next(self._size.uploaders), f"{self._seed}.uploads"),
            Ads(self.stack, people, await self._next(3), self._size.passers, f"{self._seed}.ads"),
        ]

    async def _next(self, count: int) -> Sequence[Person]:
        """Return people who do nothing else yet."""
        first, self._seated = self._seated, self._seated + count
        return (await self.site.people.first(self._seated))[first:]

    async def strike(self, fault: Fault) -> None:
        """Do what `fault` says; return when the fault itself is over and recovery may begin."""
        self.trouble.begins(monotonic())
        match fault.kind:
            case "erase":
                await self._erasure.erase()
            case "fill":
                await self._disk.fill(fault.seconds)
            case "cut":
                await partition(self.stack, fault.program, fault.how, fault.seconds)
            case "skew":
                await skew(self.stack, fault.program, int(fault.how), fault.seconds)
            case _:
                await strike(self.stack, fault)

    def impossible(self, fault: Fault) -> str | None:
        """Return why a fault cannot be made here; None where it can."""
        if fault.kind == "fill" and not self._disk.mounted:
            return "only root can give media a small disk"
        if fault.kind == "skew" and clock.library() is None:
            return "Debian's package libfaketime is not installed"
        return None

    async def progress(self, sends: int) -> None:
        """Wait until `sends` further messages were acknowledged, and something of each other load.

        Raises:
            TimeoutError: That did not happen in time; says what stands still.
        """
        before = {load.name: load.done for load in self.loads}
        try:
            await self.site.acknowledged(sends)
        except TimeoutError:
            raise TimeoutError("the writers' sends are not acknowledged") from None
        deadline = monotonic() + PROGRESS_S
        while standing := [load.name for load in self.loads if load.done <= before[load.name]]:
            self.raise_failures()
            if monotonic() > deadline:
                raise TimeoutError(f"nothing more was done: {', '.join(standing)}")
            await asyncio.sleep(0.05)

    def raise_failures(self) -> None:
        """Raise what ended a load, if anything did: a broken load proves nothing."""
        self.site.raise_failures()
        for task in self._tasks:
            if task.done() and not task.cancelled() and (error := task.exception()) is not None:
                raise error

    async def close(self) -> list[Finding]:
        """Let everybody finish, read everything, and return every broken promise."""
        self._stop.set()
        async with asyncio.timeout(FINISH_S):
            await asyncio.gather(*self._tasks)
        found = check(self.site.history, await self.site.close())
        for load in self.loads:
            found += await load.findings()
            load.leave()
        return found

    async def put_back(self) -> None:
        """Leave the stack as it was found, whatever came of the drill."""
        await asyncio.to_thread(self._disk.close)
