"""Recovery: how long until everything that a client can do works again."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable
from time import monotonic

from bench.lane import Lane
from bench.live import sign_in
from bench.people import People, Person, SetupError
from bench.websocket import Socket
from bench.wire import Response
from drill.backlog import Backlog

DEADLINE_S = 30.0
STEP_TIMEOUT_S = 3.0


class NotWell(Exception):  # noqa: N818 - it tells a fact
    """Something that a client does failed."""


class Canary:
    """Two people in a room of their own; they do once what all clients do.

    Args:
        people: Refreshes tokens.
        writer: Who sends.
        listener: Whose socket must hear of it.
        room: Their room.
        backlog: Tells whether events are flowing.
    """

    def __init__(self, people: People, writer: Person, listener: Person, room: str, backlog: Backlog) -> None:
        self._people = people
        self._writer = writer
        self._listener = listener
        self._room = room
        self._backlog = backlog
        self._socket: Socket | None = None
        self._heard: set[str] = set()
        self._news = asyncio.Event()

    async def recover(self, deadline_s: float = DEADLINE_S) -> float | None:
        """Return the seconds until one whole round succeeded, or None where the deadline passed."""
        began = monotonic()
        while monotonic() - began < deadline_s:
            try:
                await self._round()
            except (NotWell, SetupError, TimeoutError) as error:
                self.last_failure = str(error) or type(error).__name__
                await asyncio.sleep(0.2)
            else:
                return monotonic() - began
        return None

    last_failure = ""

    async def _round(self) -> None:
        """Send, hear it on a socket, read it, ask who one is, and see events flow."""
        async with asyncio.timeout(STEP_TIMEOUT_S):
            await self._renew()
        await self._step("listen", self._listen)
        message_id = str(uuid.uuid4())
        body = {"client_msg_id": message_id, "text": "Is anybody there?"}
        path = f"/conversations/{self._room}/messages"
        await self._ask(self._writer, "POST", path, body)
        await self._step("hear", lambda: self._hear(message_id))
        page = await self._ask(self._listener, "GET", f"{path}?limit=5")
        if message_id not in page.body.decode():
            raise NotWell("read")
        await self._ask(self._writer, "GET", "/users/me")
        await self._step("events", self._backlog.moves)

    async def _step(self, name: str, do: Callable[[], Awaitable[None]]) -> None:
        try:
            async with asyncio.timeout(STEP_TIMEOUT_S):
                await do()
        except TimeoutError:
            if self._socket is not None:
                self._socket.abort()
            raise NotWell(name) from None

    async def _renew(self) -> None:
        for person in (self._writer, self._listener):
            if person.stale:
                await self._people.refresh(person)

    async def _listen(self) -> None:
        if self._socket is None or self._socket.closed.is_set():
            lane = Lane(self._people.target, self._listener.source)
            try:
                self._socket = await sign_in(self._people.target, self._listener, "canary", self._on_text, lane)
            finally:
                lane.close()

    def _on_text(self, _: float, payload: bytes) -> None:
        frame = json.loads(payload)
        if frame.get("t") == "event" and frame.get("type") == "message.created":
            self._heard.add(frame["data"]["client_msg_id"])
            self._news.set()

    async def _hear(self, message_id: str) -> None:
        while message_id not in self._heard:
            self._news.clear()
            await self._news.wait()

    async def _ask(self, person: Person, method: str, path: str, body: object | None = None) -> Response:
        """Ask on a connection of its own, so that every round may meet another worker."""
        lane = Lane(self._people.target, person.source)
        try:
            answer = await lane.call(method, path, person.token, body, STEP_TIMEOUT_S)
        finally:
            lane.close()
        if not answer.ok:
            msg = f"{method} {path}: {answer.status} {answer.body[:120]!r}"
            raise NotWell(msg)
        return answer

    def close(self) -> None:
        """Close the listener's socket."""
        if self._socket is not None:
            self._socket.abort()
