"""One WebSocket: opened with a ticket, kept alive, read until it ends."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage

from charla_sdk.errors import Unreachable
from charla_sdk.pace import Pace
from charla_sdk.transport import as_json

_LARGEST_FRAME = 16 * 1024 * 1024


class LiveSocket:
    """A socket that the server has called ready.

    Args:
        connection: the WebSocket.
        heartbeat_s: so often the server wants to hear something, in seconds.
    """

    def __init__(self, connection: ClientConnection, heartbeat_s: float) -> None:
        self._connection = connection
        self._heartbeat_s = heartbeat_s
        self._heard_at = time.monotonic()

    @classmethod
    async def open(cls, url: str, ticket: str, device: str, pace: Pace) -> LiveSocket:
        """Opens one and waits until the server is ready; from then on nothing is missed.

        Raises:
            Unreachable: it did not come to that.
        """
        try:
            async with asyncio.timeout(pace.connect_s):
                connection = await connect(url, ping_interval=None, max_size=_LARGEST_FRAME, max_queue=None)
                try:
                    return await cls._sign_in(connection, ticket, device, pace)
                except BaseException:
                    connection.transport.abort()
                    raise
        except (OSError, TimeoutError, InvalidHandshake, InvalidMessage, ConnectionClosed, EOFError) as failure:
            message = f"no live socket: {str(failure) or type(failure).__name__}"
            raise Unreachable(message) from failure

    @classmethod
    async def _sign_in(cls, connection: ClientConnection, ticket: str, device: str, pace: Pace) -> LiveSocket:
        await connection.send(as_json({"t": "auth", "ticket": ticket, "device": device}))
        while True:
            frame = json.loads(await connection.recv())
            if frame["t"] == "ready":
                return cls(connection, min(pace.heartbeat_s, float(frame["heartbeat_s"])))

    async def frames(self) -> AsyncIterator[dict[str, Any]]:
        """Yields what the server says, until the socket ends, for whatever reason."""
        heart = asyncio.create_task(self._beat())
        try:
            async for text in self._connection:
                self._heard_at = time.monotonic()
                frame = json.loads(text)
                if frame["t"] == "ping":
                    await self.say({"t": "pong"})
                elif frame["t"] != "pong":
                    yield frame
        except ConnectionClosed:
            return
        finally:
            heart.cancel()
            self._connection.transport.abort()

    async def say(self, frame: dict[str, Any]) -> None:
        """Says something that need not arrive."""
        with suppress(ConnectionClosed):
            await self._connection.send(as_json(frame))

    def abort(self) -> None:
        """Ends it without a word."""
        self._connection.transport.abort()

    async def _beat(self) -> None:
        """Tries the connection: a network that went away says nothing."""
        while time.monotonic() - self._heard_at < 2 * self._heartbeat_s:
            await self.say({"t": "ping"})
            await asyncio.sleep(self._heartbeat_s * 0.8)
        self.abort()
