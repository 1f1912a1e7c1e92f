"""Readers: a live socket each, and sync where the socket could not tell."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from typing import Any

from bench.lane import Lane
from bench.live import sign_in
from bench.people import People, Person, SetupError
from bench.wire import Response
from drill.history import View

PAGE = 200


class Reader:
    """One client that must have seen everything in the end.

    Args:
        people: Refreshes tokens.
        person: Whose client it is.
        rooms: The rooms whose changes it keeps.
        sync_s: Seconds between two syncs while the socket is open.
    """

    def __init__(self, people: People, person: Person, rooms: Sequence[str], sync_s: float = 20.0) -> None:
        self.view = View()
        self.person = person
        self.openings = 0
        self._people = people
        self._rooms = set(rooms)
        self._sync_s = sync_s
        self._lane = Lane(people.target, person.source)
        self._wake = asyncio.Event()
        self._lock = asyncio.Lock()
        self._behind: set[str] = set()

    async def run(self, stop: asyncio.Event) -> None:
        """Stay connected until `stop`, whatever happens."""
        while not stop.is_set():
            try:
                await self._session(stop)
            except SetupError:
                await asyncio.sleep(0.3)

    async def finish(self, heads: dict[str, int], patience_s: float = 30.0) -> None:
        """Sync until every room is at the version in `heads`, or patience ends."""
        async with asyncio.timeout(patience_s):
            while any(self.view.head[room] < ver for room, ver in heads.items()):
                await self._sync()

    def leave(self) -> None:
        """Close the connection."""
        self._lane.close()

    async def _session(self, stop: asyncio.Event) -> None:
        if self.person.stale:
            await self._people.refresh(self.person)
        socket = await sign_in(self._people.target, self.person, "drill", self._on_text, self._lane)
        self.openings += 1
        try:
            await self._sync()
            while not (stop.is_set() or socket.closed.is_set()):
                await self._pause(socket.closed)
                await (self._catch_up_all() if self._behind else self._sync())
                await self._read_something()
        finally:
            socket.abort()

    async def _pause(self, closed: asyncio.Event) -> None:
        """Wait until the socket tells of a jump or closes, or it is time to sync."""
        waits = [asyncio.ensure_future(self._wake.wait()), asyncio.ensure_future(closed.wait())]
        await asyncio.wait(waits, timeout=self._sync_s, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        self._wake.clear()

    def _on_text(self, _: float, payload: bytes) -> None:
        frame = json.loads(payload)
        if frame.get("t") == "resync":  # the gateway lost its own ears for a moment
            self._wake.set()
        if frame.get("t") != "event" or frame["conv"] not in self._rooms:
            return
        if not self._apply(frame["conv"], frame):
            self._behind.add(frame["conv"])
            self._wake.set()
            return
        self.view.by_socket += 1

    def _apply(self, room: str, change: dict[str, Any]) -> bool:
        """Apply a change that is next; return False where one before it is missing."""
        head = self.view.head[room]
        if change["ver"] > head + 1:
            return False
        if change["ver"] == head + 1:
            self.view.head[room] = change["ver"]
            if change["type"] == "message.created":
                self.view.created[room].add(sys.intern(change["data"]["id"]))
        return True

    async def _sync(self) -> None:
        heads = {room: self.view.head[room] for room in self._rooms}
        answer = await self._ask("POST", "/sync", {"heads": heads})
        for item in answer.json()["items"]:
            if item["conv"] in self._rooms and item["ver"] > self.view.head[item["conv"]]:
                self._behind.add(item["conv"])
        await self._catch_up_all()

    async def _catch_up_all(self) -> None:
        while self._behind:
            await self._catch_up(self._behind.pop())

    async def _catch_up(self, room: str) -> None:
        async with self._lock:
            while True:
                after = self.view.head[room]
                path = f"/conversations/{room}/changes?after_ver={after}&limit={PAGE}"
                page = (await self._ask("GET", path)).json()
                for change in page["items"]:
                    self.view.by_asking += change["ver"] == self.view.head[room] + 1
                    self._apply(room, change)
                if not page.get("more"):
                    return

    async def _read_something(self) -> None:
        room = min(self._rooms)
        page = (await self._ask("GET", f"/conversations/{room}/messages?limit=20")).json()
        if page["items"]:
            body = {"up_to_seq": page["items"][-1]["seq"]}
            await self._ask("POST", f"/conversations/{room}/read", body)

    async def _ask(self, method: str, path: str, body: object | None = None) -> Response:
        answer = await self._lane.call(method, path, self.person.token, body, timeout_s=6.0)
        if answer.status == 401:
            await self._people.refresh(self.person)
        if not answer.ok:
            msg = f"{method} {path}: {answer.status}"
            raise SetupError(msg)
        return answer
