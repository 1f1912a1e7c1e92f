"""A partition between one program and one store: a proxy between them that lets nothing through for a while.

As on a network that loses packets, nobody is told: what is sent meanwhile is held and comes when the partition is over,
and who connects meanwhile waits.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

from drill.stand_in import stand_in
from stack.running import RunningStack

#: What a program finds each store by.
VARIABLES = {"postgres": "DATABASE_URL", "rabbitmq": "AMQP_URI", "redis": "REDIS_URL"}
_PIECE = 65_536


class Link:
    """A proxy to a port of this machine, which can be cut.

    Args:
        port: Where to.
    """

    def __init__(self, port: int) -> None:
        self._to = port
        self._whole = asyncio.Event()
        self._whole.set()
        self._ends: set[asyncio.StreamWriter] = set()
        self._serving: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[int]:
        """Give the port that leads through it; all connections end with the block."""
        server = await asyncio.start_server(self._take, "127.0.0.1", 0)
        try:
            yield int(server.sockets[0].getsockname()[1])
        finally:
            self._whole.set()
            server.close()
            for each in tuple(self._ends):
                each.transport.abort()
            await asyncio.gather(*self._serving, return_exceptions=True)

    @asynccontextmanager
    async def cut(self) -> AsyncIterator[None]:
        """Let nothing through inside the block."""
        self._whole.clear()
        try:
            yield
        finally:
            self._whole.set()

    def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._whole.wait()
        try:
            there, away = await asyncio.open_connection("127.0.0.1", self._to)
        except OSError:
            writer.transport.abort()
            return
        self._ends |= {writer, away}
        try:
            await asyncio.gather(self._pump(reader, away), self._pump(there, writer))
        finally:
            self._ends -= {writer, away}
            for each in (writer, away):
                with suppress(OSError):
                    await each.wait_closed()

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(_PIECE):
                await self._whole.wait()
                sink.write(data)
                await sink.drain()
        await self._whole.wait()  # nor is anybody told that the other one has gone
        sink.close()


async def partition(stack: RunningStack, program: str, store: str, seconds: float) -> None:
    """Cut a program off from a store for a while."""
    variable = VARIABLES[store]
    port = urlsplit(stack.env(program)[variable]).port
    link = Link(port or 0)
    async with link.opened() as through:

        def change(environment: Mapping[str, str]) -> dict[str, str]:
            return {variable: environment[variable].replace(f":{port}/", f":{through}/")}

        async with stand_in(stack, program, change):
            async with link.cut():
                await asyncio.sleep(seconds)
            await asyncio.sleep(1.0)  # it finds its connections again, rather than being ended in the middle of it
