"""An OpenID Connect provider on loopback: real discovery, keys, codes, PKCE and signatures, and faults to switch on.

It runs in threads, which eventlet makes green where it has patched the process.
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import secrets
import ssl
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote_plus, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives import serialization as forms
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

Claims = dict[str, Any]

_KINDS: dict[str, tuple[Callable[[], Any], Any]] = {
    "RS256": (lambda: rsa.generate_private_key(65_537, 2_048), RSAAlgorithm),
    "ES256": (lambda: ec.generate_private_key(ec.SECP256R1()), ECAlgorithm),
    "EdDSA": (ed25519.Ed25519PrivateKey.generate, OKPAlgorithm),
}


class Key:
    """A signing key of the provider."""

    def __init__(self, algorithm: str = "RS256", private: Any = None) -> None:
        make, self._form = _KINDS[algorithm]
        self.algorithm, self.kid = algorithm, secrets.token_hex(8)
        self.private = private or make()

    def public(self) -> dict[str, Any]:
        """Return the public half as a JWK."""
        jwk = json.loads(self._form.to_jwk(self.private.public_key()))
        return {**jwk, "kid": self.kid, "alg": self.algorithm, "use": "sig"}

    def pem(self) -> bytes:
        """Return the public half as everybody can write it down."""
        return self.private.public_key().public_bytes(forms.Encoding.PEM, forms.PublicFormat.SubjectPublicKeyInfo)

    def sign(self, claims: Claims, **header: Any) -> str:
        """Return a signed token."""
        return jwt.encode(claims, self.private, algorithm=self.algorithm, headers={"kid": self.kid, **header})


def encoded(part: Any) -> str:
    """Return a part of a token that nobody signs."""
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class Provider:
    """The provider.

    Attributes:
        me: Who is signed in at it: the claims of their ID tokens.
        broken: A path -> how it misbehaves: `endless`, `slow`, `garbage`, an address to redirect to, or a status.
        change: What it does to the claims of a token before signing it.
        token: How it makes a token of claims.
        asked: The paths that were asked, in their order.
        discovery: What its discovery document says besides, or instead.
    """

    def __init__(
        self,
        client_id: str = "charla-at-home",
        secret: str = "s3cret/+ with: signs",  # noqa: S107
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.client_id, self.secret = client_id, secret
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self.issuer = f"http://127.0.0.1:{self.port}"
        if tls is not None:
            self.issuer = f"https://localhost:{self.port}"
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._codes: dict[str, dict[str, str]] = {}
        self.released = threading.Event()
        self.waiting = threading.Event()
        self.reset()

    def reset(self) -> None:
        """Behave from now on."""
        self.key = Key()
        self.keys = [self.key]
        self.me: Claims = {"sub": "ada-0001", "preferred_username": "Ada", "name": "Ada Lovelace"}
        self.broken: dict[str, str | int] = {}
        self.change: Callable[[Claims], Claims] = lambda claims: claims
        self.token: Callable[[Claims], str] = lambda claims: self.key.sign(claims)
        self.asked: list[str] = []
        self.forms: list[dict[str, str]] = []
        self.discovery: dict[str, Any] = {}
        self.sends_iss = True
        self.released.clear()
        self.waiting.clear()

    def __enter__(self) -> Provider:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()

    def rotate(self, algorithm: str = "RS256") -> None:
        """Sign with another key from now on, and publish no other."""
        self.key = Key(algorithm)
        self.keys = [self.key]

    def visit(self, authorize_url: str) -> dict[str, str]:
        """Go there as the browser of somebody who is signed in does; return what the redirect back carries."""
        return dict(parse_qsl(urlsplit(self.come_from(authorize_url)).query))

    def come_from(self, authorize_url: str) -> str:
        """Go there, and return where the redirect leads."""
        parts = urlsplit(authorize_url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        connection.request("GET", f"{parts.path}?{parts.query}")
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        assert answer.status == 302, body
        return str(answer.getheader("Location"))

    def metadata(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": list(_KINDS),
            "authorization_response_iss_parameter_supported": self.sends_iss,
            **self.discovery,
        }

    def authorize(self, query: dict[str, str]) -> str:
        """Return where the browser goes: back, with a code."""
        assert query["response_type"] == "code", query
        assert query["client_id"] == self.client_id, query
        assert query["code_challenge_method"] == "S256", query
        assert "openid" in query["scope"].split(), query
        code = secrets.token_urlsafe(24)
        self._codes[code] = query
        back = {"code": code, "state": query["state"]} | ({"iss": self.issuer} if self.sends_iss else {})
        return f"{query['redirect_uri']}?{urlencode(back)}"

    def trade(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """Return the answer of the token endpoint."""
        self.forms.append(form)
        if not self._is_client(form, authorization):
            return 401, {"error": "invalid_client"}
        asked = self._codes.pop(form["code"], None)
        if asked is None or form["grant_type"] != "authorization_code" or not _is_verifier(form, asked):
            return 400, {"error": "invalid_grant"}
        if form["redirect_uri"] != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        claims = self.change(self.claims(asked["nonce"]))
        return 200, {"access_token": "unused", "token_type": "Bearer", "id_token": self.token(claims)}

    def claims(self, nonce: str) -> Claims:
        now = int(time.time())
        whole = {"iss": self.issuer, "aud": self.client_id, "iat": now, "exp": now + 300, "nonce": nonce}
        return {**whole, **self.me}

    def _is_client(self, form: dict[str, str], authorization: str) -> bool:
        if authorization:
            given = base64.b64decode(authorization.removeprefix("Basic ")).decode()
            name, _, secret = given.partition(":")
            return (unquote_plus(name), unquote_plus(secret)) == (self.client_id, self.secret)
        return (form.get("client_id"), form.get("client_secret", "")) == (self.client_id, self.secret)


def _is_verifier(form: dict[str, str], asked: dict[str, str]) -> bool:
    digest = hashlib.sha256(form["code_verifier"].encode()).digest()
    return encoded(digest) == asked["code_challenge"]


def _handler(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            return None

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            if self._misbehaved(parts.path):
                return
            if parts.path == "/.well-known/openid-configuration":
                self._json(200, provider.metadata())
            elif parts.path == "/jwks":
                self._json(200, {"keys": [key.public() for key in provider.keys]})
            elif parts.path == "/authorize":
                query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                self.send_response(302)
                self.send_header("Location", provider.authorize(query))
                self.end_headers()
            else:
                self._json(404, {})

        def do_POST(self) -> None:
            form = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
            if not self._misbehaved(self.path):
                self._json(*provider.trade(form, self.headers.get("Authorization", "")))

        def _misbehaved(self, path: str) -> bool:
            provider.asked.append(path)
            fault = provider.broken.get(path)
            if fault == "slow":
                provider.waiting.set()
                provider.released.wait(30)
            elif fault == "endless":
                self._endless()
            elif fault == "garbage":
                self._raw(200, b"<html>not at all</html>")
            elif isinstance(fault, int):
                self._json(fault, {"error": "server_error"})
            elif fault is not None:
                self.send_response(307)
                self.send_header("Location", fault)
                self.end_headers()
            return fault is not None

        def _endless(self) -> None:
            self.send_response(200)
            self.end_headers()
            try:
                while not provider.released.is_set():
                    self.wfile.write(b" " * 65_536)
            except OSError:
                return

        def _json(self, status: int, document: dict[str, Any]) -> None:
            self._raw(status, json.dumps(document).encode())

        def _raw(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler
