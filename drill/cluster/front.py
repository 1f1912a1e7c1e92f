"""The load balancer before the gateways: it asks each once a second, and lets go of one that is not ready.

Where none is ready, whoever answers is better than nobody: it tells clients when to come again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from drill.cluster.machines import Machine
from drill.cluster.programs import GATEWAY_PORT

ASK_EVERY_S, PATIENCE_S = 1.0, 1.0
#: So often in a row a gateway may not be ready before its connections are dropped.
MISSES = 2
_CHUNK = 65_536


class Gateway:
    """One gateway as the balancer sees it."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.links: set[asyncio.StreamWriter] = set()
        self._silent = self._unready = MISSES

    @property
    def is_there(self) -> bool:
        """Whether it has answered of late, be it that it can do nothing."""
        return self._silent < MISSES

    @property
    def is_ready(self) -> bool:
        """Whether it has said of late that it may be given work: one without a broker answers each call with 503."""
        return self._unready < MISSES

    async def ask(self) -> None:
        """Ask whether it is ready."""
        status = await self._answer()
        self._silent = 0 if status else self._silent + 1
        self._unready = 0 if status == b"200" else self._unready + 1

    def let_go(self) -> None:
        """End its connections."""
        for link in tuple(self.links):
            link.transport.abort()

    async def _answer(self) -> bytes:
        try:
            async with asyncio.timeout(PATIENCE_S):
                reader, writer = await self.open()
                with suppress(OSError):
                    writer.write(b"GET /readyz HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n\r\n")
                    return (await reader.readline()).partition(b" ")[2][:3]
        except OSError:  # TimeoutError is one
            return b""
        finally:
            if "writer" in locals():
                writer.transport.abort()
        return b""

    async def open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Connect to it."""
        return await asyncio.open_connection(self.address, GATEWAY_PORT)


class Front:
    """Takes connections on this machine, and hands them to gateways in turn.

    Args:
        machines: Where the gateways are.
    """

    def __init__(self, machines: Sequence[Machine]) -> None:
        self.gateways = [Gateway(each.address) for each in machines]
        self._turn = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self) -> str:
        """Begin, and return the address to call."""
        self._server = await asyncio.start_server(self._take, "127.0.0.1", 0)
        self._keep(self._ask_forever())
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def close(self) -> None:
        """End."""
        self._server.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _chosen(self) -> list[Gateway]:
        """Return who is given connections."""
        return [each for each in self.gateways if each.is_ready] or [each for each in self.gateways if each.is_there]

    def _keep(self, work: object) -> None:
        task = asyncio.ensure_future(work)  # type: ignore[call-overload]
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _ask_forever(self) -> None:
        while True:
            await asyncio.gather(*(each.ask() for each in self.gateways))
            chosen = self._chosen()
            for each in self.gateways:
                if each not in chosen:
                    each.let_go()
            await asyncio.sleep(ASK_EVERY_S)

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - asyncio runs this in one
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        found = await self._connected()
        if found is None:
            writer.transport.abort()
            return
        gateway, there, away = found
        ends = {writer, away}
        gateway.links |= ends
        try:
            await asyncio.gather(_pump(reader, away), _pump(there, writer))
        finally:
            gateway.links -= ends
            for end in ends:
                end.transport.abort()

    async def _connected(self) -> tuple[Gateway, asyncio.StreamReader, asyncio.StreamWriter] | None:
        for _ in self.gateways:
            chosen = self._chosen()
            if not chosen:
                break
            self._turn += 1
            gateway = chosen[self._turn % len(chosen)]
            with suppress(OSError):
                async with asyncio.timeout(PATIENCE_S):
                    return gateway, *await gateway.open()
        return None


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    """Carry bytes until one end is gone, and then let go of the other."""
    with suppress(OSError):
        while chunk := await source.read(_CHUNK):
            sink.write(chunk)
            await sink.drain()
    sink.close()
