"""A small client of tus and of downloads, with bodies that are sent as slowly as a test wants."""

from __future__ import annotations

import base64
import hashlib
import json
import socket
from dataclasses import dataclass
from http.client import HTTPResponse
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

OFFSET_STREAM = "application/offset+octet-stream"
PNG = b"\x89PNG\r\n\x1a\n"


def pairs(**metadata: str) -> str:
    """Return an Upload-Metadata header."""
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in metadata.items())


def checksum(algorithm: str, data: bytes) -> str:
    """Return an Upload-Checksum header."""
    return f"{algorithm} {base64.b64encode(hashlib.new(algorithm, data).digest()).decode()}"


@dataclass
class Reply:
    """An HTTP answer."""

    status: int
    headers: Any
    raw: bytes

    @property
    def code(self) -> str:
        """The stable code of a problem document."""
        assert self.headers["Content-Type"] == "application/problem+json", self.raw
        return str(json.loads(self.raw)["code"])

    @property
    def offset(self) -> int:
        return int(self.headers["Upload-Offset"])


class Client:
    """Somebody who uploads and reads. `token` is None for who is not signed in."""

    def __init__(self, url: str, user_id: str, token: str | None) -> None:
        self.url, self.user_id, self.token = url, user_id, token
        self.http = requests.Session()
        # A kept connection may be closed just when it is used: clients ask again what changes nothing.
        unchanging = {"GET", "HEAD", "OPTIONS"}
        again = Retry(1, other=0, status=0, respect_retry_after_header=False, allowed_methods=unchanging)
        self.http.mount("http://", HTTPAdapter(max_retries=again))

    def ask(self, method: str, path: str, data: Any = None, **headers: str) -> Reply:
        """Send one request; `Upload_Offset="0"` is the header Upload-Offset."""
        answer = self.http.request(
            method, self.url + path, data=data, headers=self._headers(headers), timeout=60, allow_redirects=False
        )
        return Reply(answer.status_code, answer.headers, answer.content)

    def tus(self, method: str, path: str, data: Any = None, **headers: str) -> Reply:
        """Send one request of tus."""
        return self.ask(method, path, data, **{"Tus_Resumable": "1.0.0", **headers})

    def create(self, length: int | None, **headers: str) -> Reply:
        if length is not None:
            headers["Upload_Length"] = str(length)
        return self.tus("POST", "/uploads", **headers)

    def begin(self, length: int | None, **headers: str) -> str:
        """Begin an upload and return its path."""
        reply = self.create(length, **headers)
        assert reply.status == 201, reply.raw
        return str(reply.headers["Location"])

    def patch(self, path: str, offset: int, data: Any, **headers: str) -> Reply:
        return self.tus("PATCH", path, data, **{"Upload_Offset": str(offset), "Content_Type": OFFSET_STREAM, **headers})

    def head(self, path: str) -> Reply:
        return self.tus("HEAD", path)

    def upload(self, data: bytes, **metadata: str) -> str:
        """Upload a whole file and return its media's id."""
        headers = {"Upload_Metadata": pairs(**metadata)} if metadata else {}
        path = self.begin(len(data), **headers)
        reply = self.patch(path, 0, data)
        assert reply.status == 204, reply.raw
        return str(reply.headers["Charla-Media-Id"])

    def read(self, media_id: str, variant: str = "", **headers: str) -> Reply:
        return self.ask("GET", f"/media/{media_id}{f'/{variant}' if variant else ''}", **headers)

    def slow_patch(self, path: str, offset: int, length: int, **headers: str) -> SlowBody:
        """Begin a PATCH whose body is sent bit by bit."""
        wanted = {"Tus_Resumable": "1.0.0", "Upload_Offset": str(offset), "Content_Type": OFFSET_STREAM, **headers}
        return SlowBody(self.url, path, length, self._headers(wanted))

    def _headers(self, headers: dict[str, str]) -> dict[str, str]:
        found = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token is not None:
            found.setdefault("Authorization", f"Bearer {self.token}")
        return found


class SlowBody:
    """A request that stays open between the parts of its body."""

    def __init__(self, url: str, path: str, length: int, headers: dict[str, str]) -> None:
        parts = urlsplit(url)
        self.socket = socket.create_connection((parts.hostname or "", parts.port or 80), timeout=60)
        lines = [f"PATCH {path} HTTP/1.1", f"Host: {parts.netloc}", f"Content-Length: {length}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode())

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def answer(self) -> Reply:
        """Wait for the answer."""
        response = HTTPResponse(self.socket)
        response.begin()
        return Reply(response.status, response.headers, response.read())

    def hang_up(self) -> None:
        self.socket.close()
