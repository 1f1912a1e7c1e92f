"""A channel made over HTTP for a test, and what its people do there."""

from __future__ import annotations

import uuid
from typing import Any

from client import Person, Reply

BASE = "/v1/channels"


def begin(owner: Person, visibility: str = "public", **facts: Any) -> str:
    """Begin a channel and return its id."""
    reply = owner.ask("POST", BASE, {"title": "Night owls", "visibility": visibility, **facts})
    assert reply.status == 201, reply.raw
    return str(reply.json["id"])


def follow(person: Person, channel: str, **how: Any) -> None:
    reply = person.ask("POST", f"{BASE}/{channel}/subscription", how)
    assert reply.status == 200, reply.raw


def publish(author: Person, channel: str, text: str = "hoot", **more: Any) -> Reply:
    body = {"client_post_id": str(uuid.uuid4()), "text": text, **more}
    return author.ask("POST", f"{BASE}/{channel}/posts", body)


def invite(owner: Person, channel: str, **facts: Any) -> dict[str, Any]:
    reply = owner.ask("POST", f"{BASE}/{channel}/invites", facts)
    assert reply.status == 201, reply.raw
    found: dict[str, Any] = reply.json
    return found


def accept(person: Person, code: str) -> Reply:
    return person.ask("POST", "/v1/invites/accept", {"code": code})
