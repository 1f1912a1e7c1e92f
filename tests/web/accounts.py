"""People with a password, who can sign in with browsers."""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import dataclass
from typing import Any

import pyotp
import requests

from stack.running import load
from tests.e2e.people import Person
from tests.e2e.uploading import Upload

_COOKIE = "__Host-charla_refresh"
_BROWSER = {"X-Charla-CSRF": "1"}


@dataclass
class Account(Person):
    """Somebody whose name and password are known."""

    username: str
    password: str
    name: str
    #: The refresh token of the session that registering began, until a browser takes it over: signing in
    #: is slow on purpose, and throttled.
    unused_session: str | None = None

    @classmethod
    def register(cls, url: str, name: str) -> Account:
        """Make an account whose display name is this."""
        username, password = f"{name.lower()}_{secrets.token_hex(4)}", secrets.token_urlsafe(16)
        body = {"username": username, "password": password, "display_name": name}
        answer = requests.post(f"{url}/v1/auth/register", json=body, headers=_BROWSER, timeout=20)
        assert answer.status_code == 201, answer.text
        signed_in, session = answer.json(), answer.cookies[_COOKIE]
        return cls(url, signed_in["user"]["id"], signed_in["access_token"], username, password, name, session)

    def ask(self, method: str, path: str, body: Any = None, **options: Any) -> requests.Response:
        """Call the API as this person, who signs in again where a slow run has outlived the token."""
        answer = super().ask(method, path, body, **options)
        if answer.status_code == 401 and answer.json()["code"] == "token_expired":
            self.token = self._sign_in().json()["access_token"]
            return super().ask(method, path, body, **options)
        return answer

    def become_admin(self) -> None:
        """Get all roles of the platform, and sign in again."""
        load().make_admin(self.username)
        answer = self._sign_in()
        self.token, self.unused_session = answer.json()["access_token"], answer.cookies[_COOKIE]

    def report(self, room: str, message: str, note: str) -> None:
        """Tell the moderators of a message."""
        body = {"conversation_id": room, "message_id": message, "reason": "spam", "note": note}
        answer = self.ask("POST", "/reports", body)
        assert answer.status_code == 201, answer.text

    def room_with(self, *others: Person, title: str = "") -> str:
        """Open a conversation: a group where a title is given, else a direct one."""
        body: dict[str, Any] = {"kind": "group" if title else "direct", "member_ids": [each.id for each in others]}
        answer = self.ask("POST", "/conversations", body | ({"title": title} if title else {}))
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def say(self, room: str, text: str, **more: Any) -> str:
        """Send a message by the API; return its id."""
        answer = self.write(room, text, **more)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def texts(self, room: str) -> list[str]:
        """Return what stands in a conversation, oldest first."""
        items = self.get(f"/conversations/{room}/messages", limit=50)["items"]
        return [each["text"] for each in sorted(items, key=lambda each: each["seq"])]

    def upload(self, content: bytes, name: str, mime: str) -> str:
        """Send a file to the server; return its id."""
        upload = Upload(self, content, name, mime)
        assert upload.patch().status_code == 204
        return upload.id

    def channel(self, title: str, handle: str = "") -> str:
        """Open a public channel; return its id."""
        body = {"title": title, "visibility": "public", "handle": handle or f"c_{secrets.token_hex(5)}"}
        answer = self.ask("POST", "/channels", body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def follow(self, channel: str) -> None:
        """Follow a channel, and be told of all its posts."""
        answer = self.ask("POST", f"/channels/{channel}/subscription", {"level": "all"})
        assert answer.status_code in (200, 201), answer.text

    def publish(self, channel: str, text: str, **more: Any) -> str:
        """Publish a post; return its id."""
        body = {"client_post_id": secrets.token_hex(8), "text": text, **more}
        answer = self.ask("POST", f"/channels/{channel}/posts", body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def with_totp(self) -> pyotp.TOTP:
        """Set up codes as a second factor; return what shows them."""
        setup = self.ask("POST", "/auth/factors/totp", {"label": "phone", "password": self.password}).json()
        app = pyotp.TOTP(setup["secret"])
        done = self.ask("POST", f"/auth/factors/{setup['factor_id']}/confirm", {"code": app.now()})
        assert done.status_code == 200, done.text
        return app

    @staticmethod
    def next_code(app: pyotp.TOTP) -> str:
        """Return a code that was not used to set it up: each is good once, and one step ahead is taken."""
        return app.at(time.time() + app.interval)

    def browser_state(self, origin: str) -> Any:
        """Return the state of a browser in which this person has signed in before."""
        session, self.unused_session = self.unused_session or self._sign_in().cookies[_COOKIE], None
        cookie = {"name": _COOKIE, "value": session, "httpOnly": True, "secure": True}
        place = {"url": origin.replace("http://", "https://"), "sameSite": "Strict"}
        remembered = {"name": "charla.me", "value": json.dumps(self.get("/users/me"))}
        return {"cookies": [cookie | place], "origins": [{"origin": origin, "localStorage": [remembered]}]}

    def _sign_in(self) -> requests.Response:
        """Sign in as browsers do."""
        body = {"username": self.username, "password": self.password, "device": "browser"}
        answer = requests.post(f"{self.url}/v1/auth/login", json=body, headers=_BROWSER, timeout=20)
        assert answer.status_code == 200, answer.text
        return answer
