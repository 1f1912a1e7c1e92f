"""People whom the SDK's tests write to and as, without the SDK: what is tested does not tell whether it works."""

from __future__ import annotations

import secrets
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

PASSWORD = "correct horse battery 9 staple"
#: So long a test waits for what must come; only a broken client, or a broken stack, makes it wait in vain.
PATIENCE_S = 90.0


@dataclass
class Account:
    """Somebody with an account."""

    url: str
    id: str
    username: str
    signed_in: dict[str, Any]

    @classmethod
    def register(cls, url: str) -> Account:
        """Makes an account; under another name each time, since what was not answered in time may have been done."""

        def attempt() -> httpx.Response:
            body = {"username": f"sdk{secrets.token_hex(6)}", "password": PASSWORD, "display_name": "Of the SDK"}
            return httpx.post(f"{url}/v1/auth/register", json=body, timeout=40)

        found = _patiently(attempt).json()
        return cls(url, found["user"]["id"], found["user"]["username"], found)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {self.signed_in['access_token']}"}
        url = f"{self.url}/v1{path}"
        answer = _patiently(lambda: httpx.request(method, url, json=body, headers=headers, timeout=40))
        return answer.json() if answer.content else None

    def make_group(self, *others: Account) -> str:
        body = {"kind": "group", "title": "SDK", "member_ids": [each.id for each in others]}
        return str(self.ask("POST", "/conversations", body)["id"])

    def write(self, conversation_id: str, text: str) -> Any:
        body = {"client_msg_id": str(uuid.uuid4()), "text": text}
        return self.ask("POST", f"/conversations/{conversation_id}/messages", body)

    def log_out(self) -> None:
        """Ends the session; 401 says that an earlier attempt, which was not answered, has done so."""
        headers = {"Authorization": f"Bearer {self.signed_in['access_token']}"}
        _patiently(lambda: httpx.post(f"{self.url}/v1/auth/logout", headers=headers, timeout=40), 401)

    def texts(self, conversation_id: str) -> list[str]:
        """Returns what was said, oldest first."""
        page = self.ask("GET", f"/conversations/{conversation_id}/messages?limit=100")
        return [each["text"] for each in page["items"] if each["kind"] != "system"]


def _patiently(ask: Callable[[], httpx.Response], *also: int) -> httpx.Response:
    """Asks again while the machine is too busy to answer in time; `also` are further answers that are as good."""
    end = time.monotonic() + PATIENCE_S
    while (answer := _answer(ask)) is None or answer.status_code in (429, 502, 503, 504):
        assert time.monotonic() < end, "no answer" if answer is None else answer.text
        time.sleep(0.2)
    assert answer.is_success or answer.status_code in also, answer.text
    return answer


def _answer(ask: Callable[[], httpx.Response]) -> httpx.Response | None:
    try:
        return ask()
    except httpx.TransportError:
        return None


def wait_until(fact: Callable[[], bool], what: str) -> None:
    """Looks until something is so."""
    end = time.monotonic() + PATIENCE_S
    while not fact():
        assert time.monotonic() < end, f"{what}: not within {PATIENCE_S} s"
        time.sleep(0.05)
