"""Charla itself, through its Nginx, as any client has it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from bench.lane import Lane
from bench.live import sign_in_all
from bench.peers.adapter import PAGE, Done, Member, OnMark, Page, Peer, Places, marks_in
from bench.people import People, Person, SetupError
from bench.wire import Target


class CharlaMember(Member):
    """Somebody who sends by HTTP and listens on a WebSocket."""

    def __init__(self, person: Person, target: Target) -> None:
        self.person = person
        self.on_mark: OnMark = lambda _moment, _mark: None
        self._target = target
        self._sending = Lane(target, person.source)

    def hear(self, moment: float, frame: bytes) -> None:
        """Take a frame of the socket."""
        for mark in marks_in(frame):
            self.on_mark(moment, mark)

    def send(self, room: str, mark: bytes, text: str, done: Done) -> None:
        """Send a message; 201 comes after PostgreSQL's commit."""
        # Made of the mark, it is unlike that of any other message of this sender: runs count on.
        body = {"client_msg_id": f"00000000-0000-7000-8000-{mark.decode()}", "text": text}
        raw = self._target.request("POST", f"/conversations/{room}/messages", self.person.token, body)
        self._sending.send(raw, lambda answer: done(answer.status == 201))

    async def page(self, room: str, before: str | None) -> Page:
        """Return a page of history."""
        place = f"&before_seq={before}" if before else ""
        path = f"/conversations/{room}/messages?limit={PAGE}{place}"
        answer = await self._sending.call("GET", path, self.person.token)
        if not answer.ok:
            return Page(0, "")
        count = len(marks_in(answer.body))
        return Page(count, str(int(before) - PAGE) if before else await self._place(room))

    async def _place(self, room: str) -> str:
        path = f"/conversations/{room}/messages?limit={PAGE}"
        answer = (await self._sending.call("GET", path, self.person.token)).json()
        return str(min(message["seq"] for message in answer["items"]))

    def close(self) -> None:
        """Drop the connection."""
        self._sending.close()


class CharlaServer:
    """The stack that runs."""

    def __init__(self, target: Target, processes: Sequence[int]) -> None:
        self.processes = processes
        self._target = target
        self._crowd = People(target)
        self._members: list[CharlaMember] = []

    async def people(self, count: int) -> Sequence[CharlaMember]:
        """Register people and open a socket for each."""
        people = await self._crowd.first(count)
        self._members = [CharlaMember(person, self._target) for person in people]
        for member in self._members:
            await sign_in_all(self._target, [member.person], 1, member.hear)
        return self._members

    async def prepare(self) -> None:
        """Renew what would end while something is measured."""
        await self._crowd.freshen()

    async def room(self, members: Sequence[Member]) -> str:
        """Make a group."""
        people = [member.person for member in members if isinstance(member, CharlaMember)]
        if len(people) != len(members):
            msg = "these are not Charla's people"
            raise SetupError(msg)
        return await self._crowd.room("peers", people)

    async def close(self) -> None:
        """Drop all connections."""
        for member in self._members:
            member.close()
        await self._crowd.leave()


@asynccontextmanager
async def _run(places: Places) -> AsyncIterator[CharlaServer]:
    names = (*places.stack.programs, "postgres", "rabbitmq", "redis", "nginx")
    processes = [pid for pid in {places.stack.pid(name) for name in names} if pid]
    server = CharlaServer(Target.from_url(places.stack.url), processes)
    try:
        yield server
    finally:
        await server.close()


CHARLA = Peer(
    name="charla",
    acknowledged="201: message, event and the answer to a repeat committed in PostgreSQL",
    listening="a WebSocket",
    program="",
    run=_run,
)
