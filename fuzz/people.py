"""People with accounts, who ask over HTTP as clients do."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import requests

PASSWORD = "correct horse battery 9 staple"  # noqa: S105 - of made-up people
TIMEOUT_S = 60.0
#: The server may be at work for others; it says so, and is asked again.
_LATER = {429, 503}
_PATIENCE_S = 90.0
#: Tokens live for ten minutes.
_STALE_S = 240.0


class Refused(Exception):
    """The stack refused what a fuzz needs before it can begin."""


@dataclass
class Reply:
    """An HTTP answer."""

    status: int
    headers: Mapping[str, str]
    raw: bytes

    @property
    def json(self) -> Any:
        """The decoded body.

        Raises:
            ValueError: It is not JSON.
        """
        return json.loads(self.raw)

    @property
    def code(self) -> str:
        """The stable code of a problem document; empty where it is none."""
        if not self.raw or self.headers.get("Content-Type") != "application/problem+json":
            return ""
        return str(self.json["code"])


@dataclass
class Person:
    """Somebody with an account.

    Attributes:
        url: Where the gateway answers.
    """

    url: str
    username: str
    id: str = ""
    _token: str = ""
    _since: float = 0.0
    _http: requests.Session = field(default_factory=requests.Session, repr=False)

    @classmethod
    def register(cls, url: str, name: str) -> Person:
        """Make an account and sign in."""
        person = cls(url, f"{name}{secrets.token_hex(5)}")
        body = {"username": person.username, "password": PASSWORD, "display_name": name.title()}
        person._take(person._insist("POST", "/v1/auth/register", body, signed=False).json)
        return person

    @property
    def token(self) -> str:
        """An access token that is good for some minutes more."""
        if time.monotonic() - self._since > _STALE_S:
            self.sign_in()
        return self._token

    def sign_in(self) -> None:
        """Begin a session of one's own."""
        body = {"username": self.username, "password": PASSWORD}
        self._take(self._insist("POST", "/v1/auth/login", body, signed=False).json)

    def _take(self, pair: dict[str, Any]) -> None:
        self.id, self._token, self._since = pair["user"]["id"], pair["access_token"], time.monotonic()

    def ask(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Reply:
        """Ask once."""
        return self.bare(method, path, body, {"Authorization": f"Bearer {self.token}", **(headers or {})})

    def need(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Any:
        """Ask for something that has to succeed; return the decoded answer.

        Raises:
            Refused: It did not.
        """
        reply = self._insist(method, path, body, headers)
        return reply.json if reply.raw else None

    def _insist(
        self, method: str, path: str, body: Any, headers: Mapping[str, str] | None = None, *, signed: bool = True
    ) -> Reply:
        deadline = time.monotonic() + _PATIENCE_S
        while True:
            send = self.ask if signed else self.bare
            reply = send(method, path, body, headers)
            if reply.status not in _LATER or time.monotonic() > deadline:
                break
            time.sleep(min(5.0, float(reply.headers.get("Retry-After", 0.5))))
        if reply.status >= 300:
            msg = f"{method} {path}: {reply.status} {reply.raw[:300].decode(errors='replace')}"
            raise Refused(msg)
        return reply

    def bare(self, method: str, path: str, body: Any, headers: Mapping[str, str] | None) -> Reply:
        """Ask once, without a token."""
        data = None if body is None else json.dumps(body).encode()
        sent = {**({} if data is None else {"Content-Type": "application/json"}), **(headers or {})}
        answer = self._http.request(
            method, self.url + path, data=data, headers=sent, timeout=TIMEOUT_S, allow_redirects=False
        )
        return Reply(answer.status_code, answer.headers, answer.content)
