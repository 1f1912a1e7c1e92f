"""Bytes through sockets as fast as one thread can: uploads by tus, and downloads that are thrown away."""

from __future__ import annotations

import base64
import os
import socket
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

HOST = "127.0.0.1"
OFFSET_STREAM = "application/offset+octet-stream"
_PIECE = 1024 * 1024
_MOST_HEAD = 65_536
_PATIENCE_S = 120.0


class TransferError(OSError):
    """A server did not answer as it should have."""


def head(method: str, path: str, port: int, **headers: str) -> bytes:
    """Return the head of a request; in the names `_` stands for `-`."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {HOST}:{port}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def connect(port: int) -> socket.socket:
    """Return a connection that gives up after a while."""
    return socket.create_connection((HOST, port), _PATIENCE_S)


def send_file(port: int, request: bytes, path: Path) -> float:
    """Send a request with a file as its body; return the seconds until it was answered with 2xx.

    Raises:
        TransferError: It was answered otherwise.
    """
    with closing(connect(port)) as wire, path.open("rb") as file:
        began = perf_counter()
        wire.sendall(request)
        wire.sendfile(file)
        _answer(wire)
        return perf_counter() - began


def fetch(port: int, request: bytes, size: int) -> float:
    """Read an answer of `size` bytes; return the seconds that it took.

    Raises:
        TransferError: It is not 2xx, or of another size.
    """
    with closing(connect(port)) as wire:
        began = perf_counter()
        wire.sendall(request)
        come = len(_answer(wire)[1])
        piece = memoryview(bytearray(_PIECE))
        while count := wire.recv_into(piece):
            come += count
        took = perf_counter() - began
    if come != size:
        raise TransferError(f"{come} bytes came instead of {size}")
    return took


def _answer(wire: socket.socket) -> tuple[bytes, bytes]:
    """Return the head of an answer, and what came behind it."""
    raw = b""
    while b"\r\n\r\n" not in raw and len(raw) < _MOST_HEAD:
        part = wire.recv(_MOST_HEAD)
        if not part:
            break
        raw += part
    if not raw.startswith(b"HTTP/1.1 2"):
        raise TransferError(raw[:300].decode("latin-1"))
    found, _, rest = raw.partition(b"\r\n\r\n")
    return found, rest


@dataclass(frozen=True)
class Sender:
    """Somebody who uploads.

    Attributes:
        port: Of the origin of uploads.
        token: Their access token.
    """

    port: int
    token: str

    def begin(self, size: int, name: str, mime: str) -> str:
        """Begin an upload and return the media's id."""
        pairs = (("filename", name), ("filetype", mime))
        metadata = ",".join(f"{key} {base64.b64encode(text.encode()).decode()}" for key, text in pairs)
        told = {"Upload_Length": str(size), "Upload_Metadata": metadata, "Content_Length": "0"}
        with closing(connect(self.port)) as wire:
            wire.sendall(self._head("POST", "/uploads", **told))
            found, _ = _answer(wire)
        lines = dict(line.split(": ", 1) for line in found.decode("latin-1").split("\r\n")[1:])
        return {name.lower(): value for name, value in lines.items()}["charla-media-id"]

    def patch_head(self, media_id: str, size: int) -> bytes:
        """Return the head of the request that brings all bytes of an upload."""
        told = {"Upload_Offset": "0", "Content_Type": OFFSET_STREAM, "Content_Length": str(size)}
        return self._head("PATCH", f"/uploads/{media_id}", **told)

    def upload(self, path: Path, mime: str) -> tuple[str, float]:
        """Upload a file; return the media's id and the seconds that its bytes took until it was stored."""
        size = path.stat().st_size
        media_id = self.begin(size, path.name, mime)
        return media_id, send_file(self.port, self.patch_head(media_id, size), path)

    def download(self, media_id: str, size: int) -> float:
        """Read a media as it was uploaded; return the seconds."""
        return fetch(
            self.port, head("GET", f"/media/{media_id}", self.port, Authorization=f"Bearer {self.token}"), size
        )

    def _head(self, method: str, path: str, **more: str) -> bytes:
        return head(method, path, self.port, Authorization=f"Bearer {self.token}", Tus_Resumable="1.0.0", **more)


def write_noise(path: Path, size: int) -> Path:
    """Write `size` bytes that no other file has."""
    with path.open("wb") as file:
        for start in range(0, size, _PIECE):
            file.write(os.urandom(min(_PIECE, size - start)))
    return path
