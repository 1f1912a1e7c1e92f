"""A small WebSocket client (RFC 6455): text frames, pings, closes; no extensions."""

from __future__ import annotations

import asyncio
import base64
import os
import struct
from collections.abc import Callable, Iterator
from time import perf_counter

from bench.lane import BUFFER, CONNECT_TIMEOUT_S
from bench.wire import Target

TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA

#: Called with the moment (perf_counter) at which bytes arrived and one text frame's payload.
OnText = Callable[[float, bytes], None]


def encode_frame(opcode: int, payload: bytes) -> bytes:
    """Return a masked client frame."""
    mask = os.urandom(4)
    size = len(payload)
    if size < 126:
        head = struct.pack("!BB", 0x80 | opcode, 0x80 | size)
    elif size < 65_536:
        head = struct.pack("!BBH", 0x80 | opcode, 0xFE, size)
    else:
        head = struct.pack("!BBQ", 0x80 | opcode, 0xFF, size)
    masked = bytes(byte ^ mask[index & 3] for index, byte in enumerate(payload))
    return head + mask + masked


def cut_frames(buffer: bytearray) -> Iterator[tuple[int, bytes]]:
    """Take every whole server frame out of `buffer`, as (opcode, payload)."""
    while len(buffer) >= 2:
        size, start = buffer[1] & 0x7F, 2
        if size == 126:
            start = 4
            size = int.from_bytes(buffer[2:4], "big")
        elif size == 127:
            start = 10
            size = int.from_bytes(buffer[2:10], "big")
        if len(buffer) < start + size:
            return
        opcode, payload = buffer[0] & 0x0F, bytes(buffer[start : start + size])
        del buffer[: start + size]
        yield opcode, payload


class Socket(asyncio.BufferedProtocol):
    """One live socket; answers pings by itself.

    Args:
        on_text: Called for every text frame but pings.

    Attributes:
        close_code: The server's close code; 1006 where the connection just ended.
        closed: Set once the connection is gone.
    """

    def __init__(self, on_text: OnText) -> None:
        self.on_text = on_text
        self.close_code: int | None = None
        self.closed = asyncio.Event()
        self._buffer = bytearray()
        self._upgraded = asyncio.get_running_loop().create_future()
        self._transport: asyncio.Transport | None = None

    async def open(self, target: Target, source: str = "127.0.0.1", path: str = "/ws") -> bool:
        """Connect and upgrade at `path` below the target's prefix; return whether the server agreed."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                await loop.create_connection(lambda: self, target.host, target.port, local_addr=(source, 0))
                self._write(_upgrade(target, path))
                return bool(await self._upgraded)
        except OSError:
            self.abort()
            return False

    def send(self, text: bytes) -> None:
        """Send one text frame."""
        self._write(encode_frame(TEXT, text))

    def abort(self) -> None:
        """End the connection without a word."""
        if self._transport is not None:
            self._transport.abort()
        else:
            self.closed.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - asyncio's own promise
        self._transport = transport

    def get_buffer(self, sizehint: int) -> memoryview:
        """Return where to read to."""
        return BUFFER

    def buffer_updated(self, nbytes: int) -> None:
        """Take the upgrade's answer, then frames."""
        now = perf_counter()
        self._buffer += BUFFER[:nbytes]
        if not self._upgraded.done():
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            agreed = self._buffer.startswith(b"HTTP/1.1 101")
            self._upgraded.set_result(agreed)
            if not agreed:  # what follows is a refusal's body, and no frame
                self.abort()
                return
            del self._buffer[: end + 4]
        for opcode, payload in cut_frames(self._buffer):
            self._take(now, opcode, payload)

    def connection_lost(self, exc: Exception | None) -> None:
        """Note the end."""
        if not self._upgraded.done():
            self._upgraded.set_result(False)
        if self.close_code is None:
            self.close_code = 1006
        self.closed.set()

    def _take(self, now: float, opcode: int, payload: bytes) -> None:
        if opcode == TEXT:
            if payload.startswith(b'{"t":"ping"') and len(payload) < 200:
                self.send(b'{"t":"pong"}')
            else:
                self.on_text(now, payload)
        elif opcode == PING:
            self._write(encode_frame(PONG, payload))
        elif opcode == CLOSE:
            self.close_code = int.from_bytes(payload[:2], "big") if len(payload) >= 2 else 1005
            self._write(encode_frame(CLOSE, payload[:2]))
            self.abort()

    def _write(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)


def _upgrade(target: Target, path: str) -> bytes:
    key = base64.b64encode(os.urandom(16)).decode()
    return (
        f"GET {target.prefix}{path} HTTP/1.1\r\nHost: {target.host}:{target.port}\r\n"
        f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
    ).encode("latin-1")
