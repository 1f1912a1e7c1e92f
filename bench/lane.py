"""A lane: one keep-alive connection with one request at a time, opened again when it closes.

`send` is for who knows that nothing is under way; `request` and `call` wait for their turn.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from bench.wire import SILENCE, Response, Target, cut_response

Done = Callable[[Response], None]

CONNECT_TIMEOUT_S = 5.0
#: What every connection of this thread is read into, one at a time; a buffer for each read costs twice the CPU.
BUFFER = memoryview(bytearray(65_536))


class Connection(asyncio.BufferedProtocol):
    """The cheapest client that asyncio allows: no futures, a callback per answer."""

    def __init__(self) -> None:
        self.open = False
        self._transport: asyncio.Transport | None = None
        self._buffer = b""
        self._done: Done | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note that requests may be written."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - asyncio's own promise
        self._transport = transport
        self.open = True

    def send(self, raw: bytes, done: Done) -> None:
        """Write a request and call `done` with its answer."""
        assert self._transport is not None  # noqa: S101 - callers check `open`
        assert self._done is None, "a lane takes one request at a time"  # noqa: S101
        self._done = done
        self._transport.write(raw)

    def get_buffer(self, sizehint: int) -> memoryview:
        """Return where to read to."""
        return BUFFER

    def buffer_updated(self, nbytes: int) -> None:
        """Collect bytes until the answer is whole."""
        data = bytes(BUFFER[:nbytes])
        buffer = self._buffer + data if self._buffer else data
        cut = cut_response(buffer)
        if cut is None:
            self._buffer = buffer
            return
        response, used = cut
        self._buffer = buffer[used:]
        if b"connection: close" in response.head.lower():
            self.close()
        self._finish(response)

    def connection_lost(self, exc: Exception | None) -> None:
        """Answer the request under way, if any, with silence."""
        self.open = False
        self._finish(SILENCE)

    def close(self) -> None:
        """Close at once; what is under way is answered with silence."""
        self.open = False
        if self._transport is not None:
            self._transport.abort()

    def _finish(self, response: Response) -> None:
        done, self._done = self._done, None
        if done is not None:
            done(response)


class Lane:
    """One client's connection to the gateway.

    Args:
        target: The gateway.
        source: The loopback address to call from (127.0.0.0/8); limits by address see it.
    """

    def __init__(self, target: Target, source: str = "127.0.0.1") -> None:
        self.target = target
        self._source = source
        self._connection = Connection()
        self._tasks: set[asyncio.Task[None]] = set()
        self._in_turn = asyncio.Lock()

    def send(self, raw: bytes, done: Done) -> None:
        """Send `raw` and call `done` with the answer, connecting first if need be."""
        if self._connection.open:
            self._connection.send(raw, done)
            return
        task = asyncio.get_running_loop().create_task(self._connect_and_send(raw, done))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def request(self, raw: bytes, timeout_s: float = 15.0) -> Response:
        """Send `raw` when it is its turn and return the answer, or silence `timeout_s` after that."""
        async with self._in_turn:
            future: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
            self.send(raw, lambda response: None if future.done() else future.set_result(response))
            try:
                async with asyncio.timeout(timeout_s):
                    return await future
            except TimeoutError:
                return SILENCE
            finally:
                if future.cancelled():  # an answer that comes later is not to be taken for the next one's
                    self.close()

    async def call(
        self, method: str, path: str, token: str | None = None, body: object | None = None, timeout_s: float = 15.0
    ) -> Response:
        """Build a request, send it, return the answer."""
        return await self.request(self.target.request(method, path, token, body), timeout_s)

    async def connect(self) -> bool:
        """Open the connection; return whether it is open."""
        loop = asyncio.get_running_loop()
        fresh = Connection()
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                await loop.create_connection(
                    lambda: fresh, self.target.host, self.target.port, local_addr=(self._source, 0)
                )
        except OSError:  # TimeoutError is one
            return False
        self._connection = fresh
        return True

    async def _connect_and_send(self, raw: bytes, done: Done) -> None:
        if await self.connect() and self._connection.open:
            self._connection.send(raw, done)
        else:
            done(SILENCE)

    def close(self) -> None:
        """Drop the connection; the next request opens another one."""
        for task in self._tasks:
            task.cancel()
        self._connection.close()
