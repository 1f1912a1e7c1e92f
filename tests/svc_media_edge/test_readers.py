"""Who may read what was sent: whoever may read the message that carries it, for as long as they may."""

from __future__ import annotations

import os
import secrets
from typing import Any
from uuid import uuid4

import pytest
import requests
from edge_client import Client
from sqlalchemy import text

PASSWORD = "correct horse battery 9 staple"


class Account:
    """Somebody with an account, at the gateway and at the edge."""

    def __init__(self, gateway: str, edge: str) -> None:
        self.gateway = gateway
        name = f"m{secrets.token_hex(6)}"
        body = {"username": name, "password": PASSWORD, "display_name": name, "device": "test"}
        pair = requests.post(f"{gateway}/v1/auth/register", json=body, timeout=30).json()
        self.id, self.token, self.refresh_token = pair["user"]["id"], pair["access_token"], pair["refresh_token"]
        self.files = Client(edge, self.id, self.token)

    def ask(self, method: str, path: str, body: Any = None) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = requests.request(method, f"{self.gateway}/v1{path}", json=body, headers=headers, timeout=30)
        assert answer.ok, answer.text
        return answer


@pytest.fixture(scope="module")
def people(stack: Any, edge_url: str) -> tuple[Account, Account, Account]:
    stack.wait_until_ready("gateway", "auth", "messaging", "media-worker")
    ana, ben, eve = (Account(stack.url, edge_url) for _ in range(3))
    return ana, ben, eve


def _ready(database: Any, media_id: str) -> None:
    """Make a media ready as processing does in the end."""
    with database() as connection:
        connection.execute(text("UPDATE media SET state = 'ready' WHERE id = :id"), {"id": media_id})


def test_a_media_is_read_by_whoever_may_read_its_message(stack: Any, database: Any, people: Any) -> None:
    ana, ben, eve = people
    data = os.urandom(10_000)
    media_id = ana.files.upload(data, filename="plan.bin")
    body = {"kind": "group", "title": "Plans", "member_ids": [ben.id]}
    group = ana.ask("POST", "/conversations", body).json()["id"]
    assert ben.files.read(media_id).code == "unknown_media"
    message = {"client_msg_id": str(uuid4()), "text": "here", "media_ids": [media_id]}
    ana.ask("POST", f"/conversations/{group}/messages", message)
    _ready(database, media_id)
    assert stack.wait_for(lambda: ben.files.read(media_id).status == 200)
    assert ben.files.read(media_id).raw == data
    assert ben.files.read(media_id, Range="bytes=5-9").raw == data[5:10]
    assert eve.files.read(media_id).code == "unknown_media"
    ana.ask("DELETE", f"/conversations/{group}/members/{ben.id}")
    assert stack.wait_for(lambda: ben.files.read(media_id).status == 404, seconds=5)


def test_who_signed_out_gets_nothing_within_five_seconds(stack: Any, edge_url: str) -> None:
    leaving = Account(stack.url, edge_url)
    media_id = leaving.files.upload(b"some bytes")
    assert leaving.files.read(media_id).status == 200
    leaving.ask("POST", "/auth/logout")
    assert stack.wait_for(lambda: leaving.files.read(media_id).status == 401, seconds=5)
    assert leaving.files.create(10).code == "session_ended"
