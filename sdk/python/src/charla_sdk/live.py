"""The live path: keeps a socket open, and hands over what comes of it."""

from __future__ import annotations

import asyncio
import random
import uuid
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

from charla_sdk.errors import ProblemError, Unreachable
from charla_sdk.events import log
from charla_sdk.follower import Follower
from charla_sdk.generated.operations import Operations
from charla_sdk.live_socket import LiveSocket
from charla_sdk.pace import Pace, Pause
from charla_sdk.polling import Polling

#: Spreads the clients of a process that ends.
_DRAIN_SPREAD_S = 0.5
#: After so many sockets in a row that never got ready, though tickets were given, the long poll takes over.
_REFUSALS_UNTIL_POLL = 3


class Live:
    """Connects, and connects again; polls where no socket opens.

    Args:
        url: of the WebSocket.
        api: gives tickets.
        follower: takes the frames over.
        pace: how long to pause.
        on_ready: called each time that nothing is missed from then on: the network is there.
    """

    def __init__(self, url: str, api: Operations, follower: Follower, pace: Pace, on_ready: Callable[[], None]) -> None:
        self._url = url
        self._api = api
        self._follower = follower
        self._pace = pace
        self._on_ready = on_ready
        self._device = str(uuid.uuid4())
        self._socket: LiveSocket | None = None
        self._leaving: asyncio.Task[None] | None = None
        self._sync_wanted = asyncio.Event()
        self._refusals = 0
        #: Set while a socket is ready, or polls are answered.
        self.connected = asyncio.Event()
        self._polling = Polling(api, pace, self._on_frame, self._begin, self.connected.clear)

    async def run(self) -> None:
        """Follows until it is cancelled.

        Raises:
            SessionEnded: nobody is signed in any more.
        """
        try:
            await together(self._follower.run(), self._connect_forever(), self._sync_forever())
        finally:
            self.connected.clear()
            if self._leaving is not None:
                self._leaving.cancel()

    async def say(self, frame: dict[str, Any]) -> None:
        """Says something that need not arrive, such as `{"t": "typing", "conv": …}`."""
        if self._socket is not None:
            await self._socket.say(frame)

    async def _connect_forever(self) -> None:
        pause = Pause(self._pace)
        while True:
            try:
                socket = await self._open()
            except (Unreachable, ProblemError) as failure:
                if not failure.is_temporary:
                    raise
                log.info("not connected: %s", failure)
                if self._refusals >= _REFUSALS_UNTIL_POLL:
                    await self._poll_for_a_while()
                else:
                    self.connected.clear()
                    await pause.after(failure)
                continue
            pause.reset()
            if await self._read(socket):
                await asyncio.sleep(random.uniform(0, _DRAIN_SPREAD_S))  # noqa: S311 - jitter
            else:
                await pause.after()

    async def _poll_for_a_while(self) -> None:
        """Polls until it is time to try a socket again."""
        wait_s = self._pace.socket_again_s * random.uniform(0.5, 1)  # noqa: S311 - jitter
        with suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await self._polling.run()

    async def _open(self) -> LiveSocket:
        refusals, self._refusals = self._refusals, 0  # a server that gives no tickets says nothing of sockets
        ticket = (await self._api.create_ticket())["ticket"]
        self._refusals = refusals + 1
        socket = await LiveSocket.open(self._url, ticket, self._device, self._pace)
        self._refusals = 0
        if self._leaving is not None:
            self._leaving.cancel()
            self._leaving = None
        self._socket = socket
        self._begin()
        return socket

    def _begin(self) -> None:
        """From now on nothing is missed; what was, is asked for."""
        self.connected.set()
        self._sync_wanted.set()
        self._on_ready()

    async def _read(self, socket: LiveSocket) -> bool:
        """Reads until the socket ends; returns whether its process does, and another one shall be opened at once."""
        frames = socket.frames()
        async for frame in frames:
            if frame["t"] == "drain":
                # It is heard until the next one is ready.
                self._leaving = asyncio.create_task(self._read_rest(frames))
                return True
            await self._on_frame(frame)
        self._socket = None
        self.connected.clear()
        return False

    async def _read_rest(self, frames: Any) -> None:
        async for frame in frames:
            await self._on_frame(frame)

    async def _on_frame(self, frame: dict[str, Any]) -> None:
        if frame["t"] == "resync":
            self._sync_wanted.set()
            if self._socket is not None:
                await self._follow_anew()
        elif frame["t"] == "error":
            log.warning("the server refused a frame: %s", frame.get("code"))
        else:
            self._follower.on_frame(frame)

    async def _follow_anew(self) -> None:
        """A new ticket lets the socket follow what was joined while pushes were lost."""
        try:
            ticket = (await self._api.create_ticket())["ticket"]
        except (Unreachable, ProblemError) as failure:
            log.info("no ticket: %s", failure)
        else:
            await self.say({"t": "auth", "ticket": ticket, "device": self._device})

    async def _sync_forever(self) -> None:
        pause = Pause(self._pace)
        await self._sync_wanted.wait()
        while True:
            self._sync_wanted.clear()
            try:
                await self._follower.sync()
            except (Unreachable, ProblemError) as failure:
                if not failure.is_temporary:
                    raise
                log.info("sync failed: %s", failure)
                self._sync_wanted.set()
                await pause.after(failure)
            else:
                pause.reset()
                await self._until_sync_is_due()

    async def _until_sync_is_due(self) -> None:
        try:
            async with asyncio.timeout(self._pace.sync_s):
                await self._sync_wanted.wait()
        except TimeoutError:
            pass


async def together(*works: Coroutine[Any, Any, None]) -> None:
    """Runs things side by side until one of them fails; raises what that one raised, and not a group."""
    tasks = [asyncio.create_task(each) for each in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        if (failure := task.exception()) is not None:
            raise _single(failure)


def _single(failure: BaseException) -> BaseException:
    while isinstance(failure, BaseExceptionGroup):
        failure = failure.exceptions[0]
    return failure
