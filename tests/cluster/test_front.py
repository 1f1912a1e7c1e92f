"""Whom the drill's load balancer gives connections to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import pytest

from drill.cluster import front
from drill.cluster.front import Front
from drill.cluster.machines import Machine


class Door:
    """A gateway that tells its name to whoever connects, and whether it is ready to whoever asks."""

    def __init__(self, name: str, *, is_ready: bool) -> None:
        self.name, self.is_ready = name, is_ready

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if b"/readyz" in await reader.readline():
                writer.write(b"HTTP/1.1 200 OK\r\n" if self.is_ready else b"HTTP/1.1 503 AWAY\r\n")
                await writer.drain()
            else:
                writer.write(self.name.encode() + b"\n")
                await reader.read()
        except ConnectionError:
            pass
        finally:
            writer.transport.abort()


@asynccontextmanager
async def balanced(monkeypatch: pytest.MonkeyPatch, *doors: Door) -> AsyncIterator[int]:
    """Yield the port of a balancer before `doors`."""
    monkeypatch.setattr(front, "ASK_EVERY_S", 0.02)
    async with AsyncExitStack() as ending:
        places = {}
        for number, door in enumerate(doors):
            server = await ending.enter_async_context(await asyncio.start_server(door.take, f"127.0.0.{number + 1}", 0))
            places[f"127.0.0.{number + 1}"] = int(server.sockets[0].getsockname()[1])
        monkeypatch.setattr(front.Gateway, "open", lambda gateway: _open(gateway.address, places))
        balancer = Front([Machine(door.name, "", number + 1, "127.0.0") for number, door in enumerate(doors)])
        url = await balancer.open()
        ending.push_async_callback(balancer.close)
        yield int(url.rpartition(":")[2])


async def _open(address: str, places: dict[str, int]) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection(address, places[address])


async def _who(port: int) -> str:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"who\n")
    try:
        return (await reader.readline()).decode().strip()
    except ConnectionError:
        return ""
    finally:
        writer.transport.abort()


async def _until(port: int, wanted: set[str]) -> None:
    """Wait until six in a row are taken by `wanted`, and by each of them."""
    async with asyncio.timeout(60):
        while {await _who(port) for _ in range(6)} != wanted:
            await asyncio.sleep(0.02)


def test_one_that_is_not_ready_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        north, east = Door("north", is_ready=True), Door("east", is_ready=True)
        async with balanced(monkeypatch, north, east) as port:
            await _until(port, {"north", "east"})
            east.is_ready = False
            await _until(port, {"north"})
            east.is_ready = True
            await _until(port, {"north", "east"})

    asyncio.run(run())


def test_where_none_is_ready_those_that_answer_are_given_work(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        async with balanced(monkeypatch, Door("north", is_ready=False), Door("east", is_ready=False)) as port:
            await _until(port, {"north", "east"})

    asyncio.run(run())


def test_connections_of_one_that_is_not_ready_any_more_are_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        north, east = Door("north", is_ready=False), Door("east", is_ready=True)
        async with balanced(monkeypatch, north, east) as port:
            await _until(port, {"east"})
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"who\n")
            assert await reader.readline() == b"east\n"
            north.is_ready, east.is_ready = True, False
            async with asyncio.timeout(60):
                with suppress(ConnectionError):
                    assert await reader.read() == b""
            writer.transport.abort()

    asyncio.run(run())
