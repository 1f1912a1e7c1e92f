"""A socket on which one says bytes that no library would, and reads what comes back."""

from __future__ import annotations

import base64
import socket
import struct
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

TEXT, CLOSE = 1, 8
#: More than any frame may have.
_ENOUGH = bytes(70_000)
_MASK = b"mask"
#: Between two steps of who is slow.
_PAUSE_S = 0.002
_HANDSHAKE = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": base64.b64encode(bytes(16)).decode(),
}


@dataclass(frozen=True)
class Said:
    """What came back: the status of the handshake, and the frames after it as (opcode, payload)."""

    status: int
    frames: list[tuple[int, bytes]]

    @property
    def close_code(self) -> int | None:
        """The code by which the server closed, if it said one."""
        for opcode, payload in self.frames:
            if opcode == CLOSE and len(payload) >= 2:
                return int(struct.unpack(">H", payload[:2])[0])
        return None


class HungUp(Exception):
    """The server closed the connection without a word."""


def converse(
    url: str, data: bytes, *, method: str = "GET", headers: dict[str, str | None] | None = None, step: int = 0
) -> Said:
    """Shake hands, send `data` and so much more that no frame of it stays open, and read until the server says close.

    Args:
        url: Where the gateway answers.
        data: What comes after the handshake.
        method: That of the handshake.
        headers: Instead of the right ones; None leaves one out.
        step: So many bytes at a time, slowly; all at once where it is 0.

    Raises:
        HungUp: No answer came to the handshake.
    """
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname or "", parts.port or 80), timeout=60) as wire:
        told = {"Host": parts.netloc, **_HANDSHAKE, **(headers or {})}
        lines = [
            f"{method} /v1/ws HTTP/1.1",
            *(f"{name}: {value}" for name, value in told.items() if value is not None),
        ]
        wire.sendall("\r\n".join([*lines, "", ""]).encode("latin-1"))
        head, rest = _head(wire)
        status = int(head.split(b" ")[1])
        if status != 101:
            return Said(status, [])
        return Said(status, _frames(rest + _talk(wire, data, step)))


def _head(wire: socket.socket) -> tuple[bytes, bytes]:
    found = b""
    while b"\r\n\r\n" not in found:
        piece = wire.recv(4096)
        if not piece:
            raise HungUp(found)
        found += piece
    head, _, rest = found.partition(b"\r\n\r\n")
    return head, rest


def _talk(wire: socket.socket, data: bytes, step: int) -> bytes:
    found = b""
    try:
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(data) if step else 0, step or 1):
            wire.sendall(data[start : start + step])
            time.sleep(_PAUSE_S)
        wire.sendall(_ENOUGH if step else data + _ENOUGH)
        while not any(opcode == CLOSE for opcode, _ in _frames(found)) and (piece := wire.recv(65_536)):
            found += piece
    except (BrokenPipeError, ConnectionResetError):
        pass  # the server had heard enough
    return found


def _frames(data: bytes) -> list[tuple[int, bytes]]:
    """Take a server's frames apart; a last one that was cut off is left out."""
    found = []
    while len(data) >= 2:
        first, length = data[0], data[1]
        if length & 0x80:
            raise HungUp("a server masks nothing")
        start = 2
        if length == 126:
            length, start = struct.unpack(">H", data[2:4])[0] if len(data) >= 4 else 0, 4
        elif length == 127:
            length, start = struct.unpack(">Q", data[2:10])[0] if len(data) >= 10 else 0, 10
        if len(data) < start + length:
            break
        found.append((first & 0x0F, data[start : start + length]))
        data = data[start + length :]
    return found


def frame(payload: bytes, opcode: int = TEXT, *, flags: int = 0x8, masked: bool = True, more: int = 0) -> bytes:
    """Return a client's frame.

    Args:
        payload: What is in it.
        opcode: 0 to 15.
        flags: FIN and the three reserved bits, as four bits.
        masked: As a client must.
        more: How many bytes more than there are its length tells of.
    """
    length, mask_bit = len(payload) + more, 0x80 if masked else 0
    head = bytes([flags << 4 | opcode])
    if length < 126:
        head += bytes([mask_bit | length])
    elif length < 65_536:
        head += bytes([mask_bit | 126]) + struct.pack(">H", length)
    else:
        head += bytes([mask_bit | 127]) + struct.pack(">Q", length)
    if not masked:
        return head + payload
    return head + _MASK + bytes(byte ^ _MASK[place % 4] for place, byte in enumerate(payload))
