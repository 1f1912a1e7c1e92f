"""Channels of a test, and what people do in them."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg2
from client import Person

from contracts.clock import rfc3339
from stack.running import RunningStack, load


def running() -> RunningStack:
    """The stack that the tests talk to."""
    return load(os.environ.get("CHARLA_RUN_DIR"))


def done(person: Person, method: str, path: str, body: Any = None) -> Any:
    """Do something that succeeds; return what it is answered, None for nothing."""
    reply = person.ask(method, path, body)
    assert reply.status in (200, 201, 202, 204), reply.raw
    return reply.json if reply.raw else None


class Channel:
    """A channel, its owner, and who follows it."""

    def __init__(self, owner: Person, visibility: str = "public") -> None:
        self.owner = owner
        made = done(owner, "POST", "/v1/channels", {"title": "Harbour news", "visibility": visibility})
        self.id: str = made["id"]

    def ask(self, person: Person, method: str, path: str = "", body: Any = None) -> Any:
        """Do something in it as somebody."""
        return done(person, method, f"/v1/channels/{self.id}{path}", body)

    def do(self, method: str, path: str = "", body: Any = None) -> Any:
        """Do something in it as its owner."""
        return self.ask(self.owner, method, path, body)

    def change(self, method: str, post: dict[str, Any], path: str = "", body: Any = None) -> None:
        """Do something with a post as the channel's owner."""
        done(self.owner, method, f"/v1/posts/{post['id']}{path}", body)

    def invite(self, person: Person, **facts: Any) -> str:
        """Let somebody accept an invitation; return what came of it."""
        code = self.do("POST", "/invites", facts)["code"]
        state: str = done(person, "POST", "/v1/invites/accept", {"code": code})["state"]
        return state

    def follow(self, person: Person, level: str = "all") -> None:
        self.ask(person, "POST", "/subscription", {"level": level})

    def unfollow(self, person: Person) -> None:
        self.ask(person, "DELETE", "/subscription")

    def post(self, text: str = "The ferry is late.", **more: Any) -> dict[str, Any]:
        """Publish; with `publish_at`, later."""
        body = {"client_post_id": str(uuid.uuid4()), "text": text, **more}
        post: dict[str, Any] = self.do("POST", "/posts", body)
        return post

    def schedule(self, in_s: float) -> dict[str, Any]:
        """Let a post wait for its time."""
        return self.post("Later", publish_at=rfc3339(datetime.now(UTC) + timedelta(seconds=in_s)))

    def frame(self, type_: str = "post.published") -> dict[str, Any]:
        """Return what all frames of a type have in it."""
        return {"t": "channel_event", "channel": self.id, "type": type_}

    def user_event(self, type_: str) -> dict[str, Any]:
        """Return the frame that tells a person what became of them in it."""
        return {"t": "user_event", "type": type_, "data": {"channel_id": self.id}}


@contextmanager
def subscriptions_database(stack: RunningStack) -> Iterator[Any]:
    """Give a cursor in the service's own database, for what no client can do."""
    url = stack.env("ops")["DATABASE_URL"].replace("postgresql+psycopg2://", "postgresql://")
    with closing(psycopg2.connect(f"{url.rpartition('/')[0]}/subscriptions")) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            yield cursor
