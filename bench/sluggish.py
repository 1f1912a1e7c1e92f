"""Clients that take what they get, or say what they have to say, a byte a second or not at all."""

from __future__ import annotations

import json
import os
import select
import socket
from collections.abc import Iterable
from contextlib import suppress

from bench.websocket import TEXT, cut_frames, encode_frame
from bench.wire import Target

#: What the kernel keeps for one that does not read: as little as it allows.
_SMALLEST = 4_096
_PATIENCE_S = 20.0


class Sluggard:
    """A connection with a small window.

    Attributes:
        taken: Bytes that it has read so far.
    """

    def __init__(self, host: str, port: int, source: str = "127.0.0.1") -> None:
        self.sock = socket.socket()
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SMALLEST)
        self.sock.settimeout(_PATIENCE_S)
        self.sock.bind((source, 0))
        self.sock.connect((host, port))
        self.taken = 0

    def say(self, raw: bytes) -> None:
        """Say something, all of it."""
        self.sock.sendall(raw)

    def sip(self) -> None:
        """Read one byte, if there is one."""
        self.sock.setblocking(False)  # noqa: FBT003 - the socket's own signature
        with suppress(OSError):
            self.taken += len(self.sock.recv(1))

    def drip(self, raw: bytes) -> bool:
        """Say some bytes; return whether the other side still listens."""
        self.sock.setblocking(False)  # noqa: FBT003
        with suppress(BlockingIOError):
            try:
                self.sock.send(raw)
            except OSError:
                return False
        return not self.is_over

    @property
    def is_over(self) -> bool:
        """Whether the other side has closed, seen without reading a byte."""
        poll = select.poll()
        poll.register(self.sock, select.POLLRDHUP | select.POLLHUP | select.POLLERR)
        return bool(poll.poll(0))

    def drain(self, patience_s: float = 5.0) -> bytes:
        """Read the rest, until the end or `patience_s` without a byte."""
        self.sock.settimeout(patience_s)
        rest = bytearray()
        with suppress(OSError):
            while part := self.sock.recv(65_536):
                rest += part
        return bytes(rest)

    def close(self) -> None:
        """Go."""
        self.sock.close()


def asleep(target: Target, ticket: str, source: str) -> Sluggard:
    """Return a signed-in WebSocket that reads nothing from now on."""
    sluggard = Sluggard(target.host, target.port, source)
    key = "c2x1Z2dpc2hzbHVnZ2lzaA=="
    sluggard.say(
        f"GET {target.prefix}/ws HTTP/1.1\r\nHost: {target.host}:{target.port}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
    )
    said = bytearray()
    while b"\r\n\r\n" not in said:
        said += sluggard.sock.recv(1)
    hello = {"t": "auth", "ticket": ticket, "device": f"slow-{os.urandom(4).hex()}"}
    sluggard.say(encode_frame(TEXT, json.dumps(hello).encode()))
    said.clear()
    while b'"ready"' not in said:
        said += sluggard.sock.recv(1)
    return sluggard


def close_code(raw: bytes) -> int | None:
    """Return the code of the close frame at the end of what a WebSocket got, if there is one."""
    for length in range(2, min(len(raw), 127) + 1):
        tail = bytearray(raw[-length:])
        if tail[0] == 0x88 and len(tail) == 2 + (tail[1] & 0x7F):
            return next(int.from_bytes(payload[:2], "big") for _, payload in cut_frames(tail))
    return None


def sip_all(sluggards: Iterable[Sluggard]) -> None:
    """Let each read a byte."""
    for sluggard in sluggards:
        sluggard.sip()
