"""Outside systems on this machine: a push service that decrypts and verifies, a webhook, an account."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Self

import http_ece
import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

Answer = tuple[int, dict[str, str], bytes]


@dataclass
class Request:
    path: str
    headers: dict[str, str]
    body: bytes
    at: float = field(default_factory=time.time)


class Server:
    """An HTTP server in threads; `answer` decides what is said."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.answer: Callable[[Request], Answer] = lambda _: (200, {}, b"")
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                size = int(self.headers.get("Content-Length", 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                request = Request(self.path, headers, self.rfile.read(size))
                server.requests.append(request)
                status, more, body = server.answer(request)
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **more}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST  # noqa: N815 - the name that http.server looks for

            def log_message(self, *_: Any) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._http.request_queue_size = 200
        self.port = self._http.server_address[1]
        self.place = f"127.0.0.1:{self.port}"
        self.url = f"http://{self.place}"

    def __enter__(self) -> Self:
        Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()


def to_base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class PushService(Server):
    """A push service, and the browsers that subscribed to it (which share their keys)."""

    def __init__(self) -> None:
        super().__init__()
        self.answer = lambda _: (201, {}, b"")
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._secret = hashlib.sha256(b"auth").digest()[:16]

    def browser(self, name: str) -> dict[str, str]:
        """Return the arguments of `add_push_endpoint`."""
        point = self._key.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        keys = {"p256dh": to_base64url(point), "auth": to_base64url(self._secret)}
        return {"endpoint": f"{self.url}/push/{name}", "device": name, **keys}

    def payload(self, request: Request) -> dict[str, Any]:
        """Return what a push says, decrypted as a browser does."""
        raw = http_ece.decrypt(request.body, private_key=self._key, auth_secret=self._secret, version="aes128gcm")
        found: dict[str, Any] = json.loads(raw)
        return found

    def claims(self, request: Request) -> dict[str, Any]:
        """Return the verified claims of a push's VAPID token."""
        scheme, _, rest = request.headers["authorization"].partition(" ")
        assert scheme == "vapid"
        parts = dict(part.strip().split("=", 1) for part in rest.split(","))
        raw = base64.urlsafe_b64decode(parts["k"] + "==")
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)
        return jwt.decode(parts["t"], key, algorithms=["ES256"], audience=self.url)


class Receiver(Server):
    """A webhook."""

    def seqs(self) -> list[int]:
        return [json.loads(request.body)["seq"] for request in self.requests]


def is_signed(request: Request, secret: str) -> bool:
    """Tell whether a webhook's owner would believe a request."""
    parts = dict(part.split("=", 1) for part in request.headers["charla-signature"].split(","))
    signed = f"{parts['t']}.".encode() + request.body
    expected = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, parts["v1"]) and abs(time.time() - int(parts["t"])) < 300


@dataclass
class FakeAuth:
    """Stands in for svc_auth: the account of whoever calls."""

    email: str | None = "ada@example.org"
    email_verified: bool = True
    locale: str = "en"

    def get_me(self) -> dict[str, Any]:
        return {"email": self.email, "email_verified": self.email_verified, "locale": self.locale}


def until(fact: Callable[[], Any], timeout_s: float = 60.0) -> Any:
    """Wait for a fact; fail when it does not come."""
    ends_at = time.monotonic() + timeout_s
    while time.monotonic() < ends_at:
        found = fact()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("it did not happen in time")
