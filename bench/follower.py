"""A client that keeps its socket: it follows one room, comes back when it is closed, and asks for what it missed."""

from __future__ import annotations

import asyncio
import random
import re
from dataclasses import dataclass, field
from time import perf_counter

from bench.lane import Lane
from bench.live import sign_in
from bench.people import Person, SetupError, patient
from bench.websocket import Socket
from bench.wire import Target

#: What the messages that are followed say, and nothing else does.
MARK = re.compile(rb'"text":"mark (\d+)"')
_PAGE = 200
_AGAIN_S = 2.0


@dataclass
class Lanes:
    """Connections that many clients share for what they ask, as the machine has not as many ports as it has clients."""

    target: Target
    free: asyncio.Queue[Lane] = field(default_factory=asyncio.Queue)

    @classmethod
    def of(cls, target: Target, count: int) -> Lanes:
        """Return `count` of them."""
        lanes = cls(target)
        for _ in range(count):
            lanes.free.put_nowait(Lane(target))
        return lanes

    def close(self) -> None:
        """Close those that nobody uses."""
        while not self.free.empty():
            self.free.get_nowait().close()


class Follower:
    """One client of a person.

    Attributes:
        socket: The one that is open, or was at last.
        came: For each mark the moment at which it first came, by push or because it was asked for.
        back_at: When it was last ready again after it had been closed.
        codes: The codes with which it was closed.
    """

    def __init__(self, lanes: Lanes, person: Person, device: str, room: str) -> None:
        self._lanes = lanes
        self._person = person
        self._device = device
        self._room = room
        self.socket: Socket | None = None
        self.came: dict[int, float] = {}
        self.back_at = 0.0
        self.codes: list[int] = []
        self.ver = 0

    @property
    def is_open(self) -> bool:
        """Whether it has a socket."""
        return self.socket is not None and not self.socket.closed.is_set()

    async def open(self) -> None:
        """Sign in.

        Raises:
            SetupError: It is not let in.
        """
        lane = await self._lanes.free.get()
        try:
            self.socket = await sign_in(self._lanes.target, self._person, self._device, self._on_text, lane)
        finally:
            self._lanes.free.put_nowait(lane)

    async def keep(self, spread_s: float) -> None:
        """Come back within `spread_s` whenever the socket is closed, until cancelled."""
        while True:
            if self.socket is not None:
                await self.socket.closed.wait()
                self.codes.append(self.socket.close_code or 0)
            await asyncio.sleep(random.uniform(0, spread_s))
            try:
                await self.open()
                await self.catch_up()
            except SetupError:
                await asyncio.sleep(random.uniform(0, _AGAIN_S))
                continue
            self.back_at = perf_counter()

    async def catch_up(self) -> None:
        """Ask for what was missed, as every client does on connecting.

        Raises:
            SetupError: It was not told.
        """
        lane = await self._lanes.free.get()
        try:
            while True:
                path = f"/conversations/{self._room}/changes?after_ver={self.ver}&limit={_PAGE}"
                answer = await patient(lambda path=path: lane.call("GET", path, self._person.token), "changes")  # type: ignore[misc]
                self._note(answer.body)
                items = answer.json()["items"]
                self.ver = max([self.ver, *(each["ver"] for each in items)])
                if len(items) < _PAGE:
                    return
        finally:
            self._lanes.free.put_nowait(lane)

    def leave(self) -> None:
        """Go without a word."""
        if self.socket is not None:
            self.socket.abort()

    def _on_text(self, moment: float, payload: bytes) -> None:
        self._note(payload, moment)

    def _note(self, payload: bytes, moment: float | None = None) -> None:
        for mark in MARK.findall(payload):
            self.came.setdefault(int(mark), moment if moment is not None else perf_counter())
