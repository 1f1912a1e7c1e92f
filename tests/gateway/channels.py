"""Channels of a test: what people do in them, by calls on the bus in their own name."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg2
from client import Person

from contracts.clock import rfc3339
from plumbing.caller import RpcCaller
from plumbing.context import CallContext
from stack.running import RunningStack, load

_PATIENCE_S = 5.0


def running() -> RunningStack:
    """The stack that the tests talk to."""
    return load(os.environ.get("CHARLA_RUN_DIR"))


class Bus:
    """Calls svc_subscriptions for people."""

    def __init__(self, stack: RunningStack) -> None:
        self._caller = RpcCaller(stack.env("ops")["AMQP_URI"], "tests")
        self._caller.start()

    def ask(self, person: Person, method: str, **arguments: Any) -> Any:
        call = CallContext(person.token, time.time() + _PATIENCE_S)
        return self._caller.call("subscriptions", method, arguments, call)

    def stop(self) -> None:
        self._caller.stop()


class Channel:
    """A channel, its owner, and who follows it."""

    def __init__(self, bus: Bus, owner: Person, visibility: str = "public") -> None:
        self._bus = bus
        self.owner = owner
        made = bus.ask(owner, "create_channel", title="Harbour news", visibility=visibility)
        self.id: str = made["id"]

    def add(self, person: Person) -> None:
        """Let somebody follow it, by an invitation."""
        code = self.do("create_invite")["code"]
        assert self._bus.ask(person, "accept_invite", code=code)["state"] == "joined"

    def follow(self, person: Person) -> None:
        self.ask(person, "subscribe")

    def unfollow(self, person: Person) -> None:
        self.ask(person, "unsubscribe")

    def post(self, text: str = "The ferry is late.", **more: Any) -> dict[str, Any]:
        post: dict[str, Any] = self._publish(text, **more)["post"]
        return post

    def schedule(self, in_s: float) -> dict[str, Any]:
        """Let a post wait for its time."""
        publish_at = rfc3339(datetime.now(UTC) + timedelta(seconds=in_s))
        scheduled: dict[str, Any] = self._publish("Later", publish_at=publish_at)["scheduled"]
        return scheduled

    def _publish(self, text: str, **more: Any) -> Any:
        return self.do("publish_post", client_post_id=str(uuid.uuid4()), text=text, **more)

    def change(self, method: str, post: dict[str, Any], **arguments: Any) -> None:
        """Do something with a post as the channel's owner."""
        self._bus.ask(self.owner, method, post_id=post["id"], **arguments)

    def do(self, method: str, **arguments: Any) -> Any:
        """Do something in it as its owner."""
        return self.ask(self.owner, method, **arguments)

    def ask(self, person: Person, method: str, **arguments: Any) -> Any:
        """Do something in it as somebody."""
        return self._bus.ask(person, method, channel_id=self.id, **arguments)

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
