"""A push service on this machine that speaks the real protocol (RFC 8030, 8188, 8291, 8292).

`python -m bench.push_service` prints one line of JSON, what a browser would call its subscription, and then
takes pushes until it is ended. It is a process of its own, so that its work is not the driver's. Pushes are
kept as they come; only when somebody asks for the proof is each of them decrypted and its sender verified.
"""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import http_ece
import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from bench.lane import Lane
from bench.wire import Target

HOST = "127.0.0.1"
ROOT = Path(__file__).parents[1]
POINT = (serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


@dataclass(frozen=True)
class Browser:
    """What browsers that share their keys tell of themselves; each has an address of its own below `url`."""

    port: int
    p256dh: str
    auth: str

    @property
    def place(self) -> str:
        """Address and port, as OUTGOING_ALLOW wants them."""
        return f"{HOST}:{self.port}"

    @property
    def url(self) -> str:
        """What every endpoint begins with."""
        return f"http://{self.place}/push/"


class PushService:
    """Takes pushes."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._secret = secrets.token_bytes(16)
        self._pushes: list[tuple[str, bytes]] = []
        self._last_at = 0.0
        self.origin = ""

    async def serve(self) -> None:
        """Say how to subscribe, and take pushes until the process is ended."""
        server = await asyncio.start_server(self._talk, HOST, 0, backlog=1_000)
        port = server.sockets[0].getsockname()[1]
        self.origin = f"http://{HOST}:{port}"
        point = self._key.public_key().public_bytes(*POINT)
        print(json.dumps({"port": port, "p256dh": _base64url(point), "auth": _base64url(self._secret)}), flush=True)
        await server.serve_forever()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                request, *lines = head.strip().split("\r\n")
                headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                status, answer = self._answer(request.split(" ")[1], headers, body)
                writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {len(answer)}\r\n\r\n".encode() + answer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def _answer(self, path: str, headers: dict[str, str], body: bytes) -> tuple[str, bytes]:
        if path == "/v1/count":
            return "200 OK", json.dumps({"pushes": len(self._pushes), "last_at": self._last_at}).encode()
        if path == "/v1/proof":
            return "200 OK", json.dumps(self._proof()).encode()
        self._pushes.append((headers.get("authorization", ""), body))
        self._last_at = perf_counter()
        return "201 Created", b""

    def _proof(self) -> dict[str, int]:
        """Decrypt all, and verify who sent them; one signature serves many pushes."""
        ids = {self._opened(body)["id"] for _, body in self._pushes}
        senders = {authorization for authorization, _ in self._pushes}
        for sender in senders:
            _verify(sender, self.origin)
        return {"pushes": len(self._pushes), "ids": len(ids), "signatures": len(senders)}

    def _opened(self, body: bytes) -> dict[str, Any]:
        raw = http_ece.decrypt(body, private_key=self._key, auth_secret=self._secret, version="aes128gcm")
        found: dict[str, Any] = json.loads(raw)
        return found


def _verify(authorization: str, origin: str) -> None:
    """Check a VAPID header.

    Raises:
        jwt.PyJWTError, ValueError, KeyError: It is not one for this push service.
    """
    parts = dict(part.strip().split("=", 1) for part in authorization.removeprefix("vapid ").split(","))
    point = base64.urlsafe_b64decode(parts["k"] + "==")
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    jwt.decode(parts["t"], key, algorithms=["ES256"], audience=origin)


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@contextmanager
def running() -> Iterator[Browser]:
    """Run a push service in a process of its own."""
    command = [sys.executable, "-m", "bench.push_service"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            assert process.stdout is not None  # noqa: S101 - a pipe was asked for
            yield Browser(**json.loads(process.stdout.readline()))
        finally:
            process.terminate()


async def ask(browser: Browser, what: str, timeout_s: float = 60.0) -> Any:
    """Return the push service's `count` or `proof`."""
    lane = Lane(Target(HOST, browser.port))
    try:
        answer = await lane.call("GET", f"/{what}", timeout_s=timeout_s)
        return answer.json()
    finally:
        lane.close()


if __name__ == "__main__":
    asyncio.run(PushService().serve())
