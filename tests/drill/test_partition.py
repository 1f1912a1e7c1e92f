"""A link that is cut lets nothing through, and brings what was held when it is whole again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from drill.partition import Link

PATIENCE_S = 60.0


@asynccontextmanager
async def echo() -> AsyncIterator[int]:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(100):
            writer.write(data)
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await answer(reader, writer)
        await writer.wait_closed()
        ended.set()

    ended = asyncio.Event()
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
        await ended.wait()


async def play() -> None:
    async with echo() as port, asyncio.timeout(PATIENCE_S):
        link = Link(port)
        async with link.opened() as through:
            reader, writer = await asyncio.open_connection("127.0.0.1", through)
            writer.write(b"one")
            assert await reader.readexactly(3) == b"one"
            async with link.cut():
                writer.write(b"two")
                late = asyncio.create_task(reader.readexactly(3))
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0.2):
                        await asyncio.shield(late)
            assert await late == b"two"
            writer.close()
            await writer.wait_closed()


def test_what_is_sent_through_a_cut_link_comes_when_it_is_whole() -> None:
    asyncio.run(play())
