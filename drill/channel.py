"""A channel in a drill: an author who publishes whatever happens, and followers who must have seen it all."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.lane import Lane
from bench.live import sign_in
from bench.people import People, Person, SetupError, patient
from contracts.clock import rfc3339

PAUSE_S = 0.1
SYNC_S = 5.0
PAGE = 200
#: How long somebody tries until an answer is there; longer than any outage of a drill.
PATIENCE_S = 180.0


async def begin(owner: Person, followers: Sequence[Person]) -> str:
    """Make a public channel that `followers` follow, and return its id."""
    body = {"title": "Harbour news", "visibility": "public"}
    made = await patient(lambda: owner.lane.call("POST", "/channels", owner.token, body), "channel")
    channel = str(made.json()["id"])
    for each in followers:
        await patient(
            lambda each=each: each.lane.call("POST", f"/channels/{channel}/subscription", each.token),  # type: ignore[misc]
            "follow",
        )
    return channel


class Author:
    """Publishes posts that mention somebody, each again and again under one id until it is acknowledged.

    Args:
        people: Refreshes tokens.
        person: Who publishes.
        channel: Where.
        named: Who is mentioned in every post, and so has a line in their list for each.

    Attributes:
        acknowledged: The posts that were answered with success, by their ids.
        scheduled: The ids of those that come out by themselves.
        retries: How often a post had to be sent again.
    """

    def __init__(self, people: People, person: Person, channel: str, named: Person) -> None:
        self.acknowledged: dict[str, dict[str, Any]] = {}
        self.scheduled: set[str] = set()
        self.retries = 0
        self._people = people
        self._person = person
        self._named = named
        self._path = f"/channels/{channel}/posts"
        self._lane = Lane(people.target, person.source)

    async def run(self, stop: asyncio.Event) -> None:
        """Publish until `stop`."""
        while not stop.is_set():
            if self._person.stale:
                await self._people.refresh(self._person)
            await self.publish()
            await asyncio.sleep(PAUSE_S)

    async def publish(self) -> dict[str, Any]:
        """Publish one post, and return it as it was acknowledged."""
        post: dict[str, Any] = (await self._send(self._body())).json()
        self.acknowledged[post["id"]] = post
        return post

    async def schedule(self, in_s: float) -> None:
        """Let a post wait for its time: the service publishes it then without being asked."""
        moment = rfc3339(datetime.now(UTC) + timedelta(seconds=in_s))
        answer = await self._send(self._body() | {"publish_at": moment})
        self.scheduled.add(answer.json()["id"])

    def leave(self) -> None:
        """Close the connection."""
        self._lane.close()

    def _body(self) -> dict[str, Any]:
        mention = {"type": "mention", "offset": 0, "length": 4, "user_id": self._named.id}
        return {"client_post_id": str(uuid.uuid4()), "text": "@you: the ferry is late.", "entities": [mention]}

    async def _send(self, body: dict[str, Any]) -> Any:
        tries = 0

        def attempt() -> Any:
            nonlocal tries
            tries += 1
            return self._lane.call("POST", self._path, self._person.token, body, 5.0)

        answer = await patient(attempt, "post", PATIENCE_S)
        self.retries += tries - 1
        return answer


class Follower:
    """One client of a channel: a socket, and sync where the socket could not tell.

    Args:
        people: Whose gateway it is.
        person: Whose client it is.
        channel: What they follow.

    Attributes:
        seen: The types of the log's entries by their seq.
        heard: The ids of the posts that a socket brought.
        open: Whether a socket is open.
    """

    def __init__(self, people: People, person: Person, channel: str) -> None:
        self.seen: dict[int, str] = {}
        self.heard: set[str] = set()
        self.open = asyncio.Event()
        self._people = people
        self._person = person
        self._channel = channel
        self._lane = Lane(people.target, person.source)

    async def run(self, stop: asyncio.Event) -> None:
        """Stay connected until `stop`, whatever happens."""
        while not stop.is_set():
            try:
                await self._session(stop)
            except SetupError:
                await asyncio.sleep(0.3)

    async def finish(self, seq: int) -> None:
        """Ask for what is missing until everything up to `seq` was seen."""
        while self.head < seq:
            await self.sync()

    def leave(self) -> None:
        """Close the connection."""
        self._lane.close()

    @property
    def head(self) -> int:
        """The last entry before the first gap."""
        head = 0
        while head + 1 in self.seen:
            head += 1
        return head

    async def sync(self) -> None:
        """Ask whether the channel is ahead, and read the log where it is."""
        body = {"heads": {}, "channels": {self._channel: self.head}}
        answer = await self._ask("POST", "/sync", body)
        if any(item["channel"] == self._channel for item in answer["channels"] or ()):
            page = await self._ask("GET", f"/channels/{self._channel}/log?after_seq={self.head}&limit={PAGE}")
            self.seen |= {entry["seq"]: entry["type"] for entry in page["items"]}

    async def _ask(self, method: str, path: str, body: object | None = None) -> Any:
        if self._person.stale:
            await self._people.refresh(self._person)
        call = await patient(lambda: self._lane.call(method, path, self._person.token, body, 5.0), path, PATIENCE_S)
        return call.json()

    async def _session(self, stop: asyncio.Event) -> None:
        socket = await sign_in(self._people.target, self._person, "drill", self._on_text, self._lane)
        self.open.set()
        try:
            while not (stop.is_set() or socket.closed.is_set()):
                await self.sync()
                await _first(SYNC_S, stop, socket.closed)
        finally:
            self.open.clear()
            socket.abort()

    def _on_text(self, _: float, payload: bytes) -> None:
        frame = json.loads(payload)
        if frame["t"] == "channel_event":
            self.seen[frame["seq"]] = frame["type"]
            self.heard.add(frame["data"].get("id", ""))


async def _first(timeout_s: float, *events: asyncio.Event) -> None:
    """Return when one of `events` is set, or after `timeout_s`."""
    waiting = [asyncio.create_task(event.wait()) for event in events]
    await asyncio.wait(waiting, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()


async def read_log(reader: Person, channel: str) -> list[dict[str, Any]]:
    """Return a channel's whole log."""
    entries: list[dict[str, Any]] = []
    while True:
        after = entries[-1]["seq"] if entries else 0
        path = f"/channels/{channel}/log?after_seq={after}&limit={PAGE}"
        page = (await patient(lambda path=path: reader.lane.call("GET", path, reader.token), "log")).json()  # type: ignore[misc]
        entries += page["items"]
        if not page["more"]:
            return entries


async def told(person: Person, channel: str) -> int:
    """Return how many notifications of a channel the person's list has; collapsed ones by their count."""
    answer = await patient(lambda: person.lane.call("GET", "/notifications?limit=100", person.token), "notifications")
    return sum(line["count"] for line in answer.json()["items"] if line["channel_id"] == channel)


def differences(log: Sequence[dict[str, Any]], author: Author) -> list[str]:
    """Return how a channel's log falls short of what its author was told."""
    found = []
    if [entry["seq"] for entry in log] != list(range(1, len(log) + 1)):
        found.append("the log has gaps")
    posts = [entry["post"]["id"] for entry in log if entry["type"] == "post.published"]
    if len(posts) != len(set(posts)):
        found.append("a post was published twice")
    wanted = author.acknowledged.keys() | author.scheduled
    found += [f"post {each} is lost" for each in wanted - set(posts)]
    found += [f"post {each} was never acknowledged" for each in set(posts) - wanted]
    for entry in log:
        told_before = author.acknowledged.get((entry["post"] or {}).get("id", ""))
        if told_before is not None and told_before["seq"] != entry["seq"]:
            found.append(f"post {told_before['id']} has another seq than was told")
    return found
