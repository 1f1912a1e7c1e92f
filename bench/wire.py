"""HTTP/1.1 by hand: requests as bytes, answers cut out of bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import urlsplit

#: Status of a request that got no answer at all: refused, reset or timed out.
NO_ANSWER = 0
#: No further headers.
NOTHING_MORE: Mapping[str, str] = MappingProxyType({})


class Response(NamedTuple):
    """One answer. `status` is NO_ANSWER (0) where none came."""

    status: int
    head: bytes
    body: bytes

    @property
    def ok(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300

    def json(self) -> Any:
        """Return the decoded body.

        Raises:
            ValueError: It is not JSON.
        """
        return json.loads(self.body)

    def header(self, name: str) -> str | None:
        """Return the value of header `name`, or None."""
        for line in self.head.split(b"\r\n")[1:]:
            key, _, value = line.partition(b":")
            if key.decode("latin-1").lower() == name.lower():
                return value.decode("latin-1").strip()
        return None


SILENCE = Response(NO_ANSWER, b"", b"")


@dataclass(frozen=True)
class Target:
    """Where the gateway (through Nginx) listens."""

    host: str
    port: int
    prefix: str = "/v1"

    @classmethod
    def from_url(cls, url: str) -> Target:
        """Return the target of a base `url` such as http://127.0.0.1:8080.

        Raises:
            ValueError: The URL is not plain HTTP to this machine.
        """
        parts = urlsplit(url)
        if parts.scheme != "http" or parts.hostname not in {"127.0.0.1", "localhost", "::1"}:
            msg = f"only plain HTTP to this machine is driven, not {url}"
            raise ValueError(msg)
        return cls("127.0.0.1", parts.port or 80)

    def head(
        self, method: str, path: str, token: str | None, length: int | None, headers: Mapping[str, str] = NOTHING_MORE
    ) -> bytes:
        """Return a request head, ending in the empty line.

        Args:
            method: The verb.
            path: The path below /v1, with its query.
            token: The access token, if any.
            length: Bytes of the JSON body that follows, or None for no body.
            headers: More lines.
        """
        lines = [f"{method} {self.prefix}{path} HTTP/1.1", f"Host: {self.host}:{self.port}"]
        if token:
            lines.append(f"Authorization: Bearer {token}")
        if length is not None:
            lines += ["Content-Type: application/json", f"Content-Length: {length}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def request(
        self,
        method: str,
        path: str,
        token: str | None = None,
        body: object | None = None,
        headers: Mapping[str, str] = NOTHING_MORE,
    ) -> bytes:
        """Return a whole request with `body` as JSON."""
        if body is None:
            bare = 0 if method in {"POST", "PUT", "PATCH"} else None
            return self.head(method, path, token, bare, headers)
        data = json.dumps(body, separators=(",", ":")).encode()
        return self.head(method, path, token, len(data), headers) + data


def cut_response(buffer: bytes | bytearray) -> tuple[Response, int] | None:
    """Cut the first whole response from `buffer`.

    Returns:
        The response and how many bytes it took, or None where it is not whole yet.
    """
    end = buffer.find(b"\r\n\r\n")
    if end < 0:
        return None
    head = bytes(buffer[:end])
    status = int(head[9:12])
    start = end + 4
    lowered = head.lower()
    at = lowered.find(b"\r\ncontent-length:")
    if at >= 0:
        stop = start + int(lowered[at + 17 :].split(b"\r\n", 1)[0])
        return (Response(status, head, bytes(buffer[start:stop])), stop) if len(buffer) >= stop else None
    if b"\r\ntransfer-encoding: chunked" in lowered:
        return _cut_chunked(status, head, buffer, start)
    return Response(status, head, b""), start


def _cut_chunked(status: int, head: bytes, buffer: bytes | bytearray, at: int) -> tuple[Response, int] | None:
    body = bytearray()
    while (line_end := buffer.find(b"\r\n", at)) >= 0:
        size = int(bytes(buffer[at:line_end]).split(b";")[0], 16)
        at = line_end + 2
        if len(buffer) < at + size + 2:
            return None
        body += buffer[at : at + size]
        at += size + 2
        if size == 0:
            return Response(status, head, bytes(body)), at
    return None
