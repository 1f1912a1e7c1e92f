"""Speaks tus, rightly and wrongly, over connections that may break in the middle."""

from __future__ import annotations

import base64
import hashlib
import socket
from http.client import HTTPException, HTTPResponse
from urllib.parse import urlsplit

from fuzz.people import Person, Reply

_TIMEOUT_S = 60.0
STREAM = "application/offset+octet-stream"
#: No answer came: the connection was broken off, by us or by the server.
SILENCE = Reply(0, {}, b"")


def pairs(**metadata: str) -> str:
    """Return an Upload-Metadata header."""
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in metadata.items())


def checksum(algorithm: str, data: bytes) -> str:
    """Return an Upload-Checksum header."""
    return f"{algorithm} {base64.b64encode(hashlib.new(algorithm, data).digest()).decode()}"


def offset_of(reply: Reply) -> int:
    """Return where an upload stands; -1 where the answer does not say it."""
    return int(reply.headers.get("Upload-Offset", -1))


class TusClient:
    """Somebody who uploads.

    Args:
        url: The origin of uploads.
        person: Who it is.
    """

    def __init__(self, url: str, person: Person) -> None:
        parts = urlsplit(url)
        self._address = (parts.hostname or "", parts.port or 80)
        self.person = person

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Reply:
        """Send one request; `Upload_Offset="0"` is the header Upload-Offset."""
        return self.send(method, path, body, headers, upto=None)

    def patch(self, path: str, offset: int, data: bytes, **headers: str) -> Reply:
        """Send bytes."""
        return self.ask("PATCH", path, data, Upload_Offset=str(offset), Content_Type=STREAM, **headers)

    def break_off(self, path: str, offset: int, data: bytes, upto: int) -> None:
        """Promise bytes, send some of them, and lose the connection."""
        headers = {"Upload_Offset": str(offset), "Content_Type": STREAM}
        self.send("PATCH", path, data, headers, upto=upto)

    def send(self, method: str, path: str, body: bytes | None, headers: dict[str, str], upto: int | None) -> Reply:
        """Send a request, or where `upto` is given so many bytes of its body, and nothing more."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self._address[0]}:{self._address[1]}", "Connection: close"]
        told = {"Tus_Resumable": "1.0.0", "Authorization": f"Bearer {self.person.token}"} | headers
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in told.items()]
        if body is not None and "Transfer_Encoding" not in headers:
            lines.append(f"Content-Length: {len(body)}")
        head = "\r\n".join([*lines, "", ""]).encode("latin-1", "replace")
        try:
            with socket.create_connection(self._address, timeout=_TIMEOUT_S) as wire:
                wire.sendall(head + (body or b"")[:upto])
                return SILENCE if upto is not None else _answer(wire, method)
        except (OSError, HTTPException):
            return SILENCE


def _answer(wire: socket.socket, method: str) -> Reply:
    response = HTTPResponse(wire, method=method)
    response.begin()
    return Reply(response.status, dict(response.getheaders()), response.read())
