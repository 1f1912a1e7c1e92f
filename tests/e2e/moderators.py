"""People who moderate."""

from __future__ import annotations

import secrets

import requests

from stack.running import load
from tests.e2e.people import Person, sign_up


def make_moderator(url: str) -> Person:
    """Make an administrator, by svc_auth's own job."""
    password = secrets.token_urlsafe(16)
    name = sign_up(url, "mod", password=password)["user"]["username"]
    load().make_admin(name)
    signed_in = {"username": name, "password": password, "device": "test"}
    answer = requests.post(f"{url}/v1/auth/login", json=signed_in, timeout=60)
    assert answer.status_code == 200, answer.text
    pair = answer.json()
    return Person(url, pair["user"]["id"], pair["access_token"])
