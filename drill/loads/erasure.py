"""Leavers: people who write in a room and follow a channel until, in the middle of it, their account is erased."""

from __future__ import annotations

import asyncio
import random
import uuid
from collections import deque
from dataclasses import dataclass
from time import monotonic
from typing import Any

from bench.ledger import read_history
from bench.people import People, Person, SetupError, patient
from drill.client import Client
from drill.finding import Finding
from drill.loads.load import now_and_then
from drill.promises.access import WITHIN_S, Look, Revocation, check_access
from drill.promises.erasure import Leaver, Left, Line, check_erasure
from drill.promises.trouble import Trouble
from stack.running import RunningStack

PAUSE_S = 0.4
CHOICES = ("keep", "delete")
#: An account goes within so many seconds after its grace is over, and all that is left of it within so many more.
ERASED_S, GONE_S = 60.0, 120.0
#: So many calm seconds longer than their tokens may be good, somebody who was erased tries to go on.
BEYOND_S = 3.0


@dataclass
class Guest:
    """Somebody who will be erased.

    Attributes:
        erased: When auth said that they are, and what they could do afterwards; None before.
    """

    client: Client
    leaver: Leaver
    erased: Revocation | None = None


class Erasure:
    """People who write, each until the drill has them erased.

    Args:
        stack: Whose auth is told that a grace is over: it is 14 days, and no drill waits so long.
        host: A crowd, and who of it owns the room and the channel.
        trouble: When something is broken.
        seed: Makes the load reproducible.
        count: How many write at a time.
    """

    name = "erasure"

    def __init__(
        self, stack: RunningStack, host: tuple[People, Person], trouble: Trouble, seed: str, count: int
    ) -> None:  # fmt: skip
        self.done = 0
        self._graces = Graces(stack)
        self._hosts, owner = host
        self._trouble = trouble
        self._dice = random.Random(seed)
        self._owner = Client(self._hosts, owner, self._dice)
        self._count = count
        self._stop = asyncio.Event()
        self._group: asyncio.TaskGroup
        self._room, self._channel = "", ""
        self._waiting: deque[Guest] = deque()
        self._gone: list[Guest] = []

    async def open(self) -> None:
        """Make the room and the channel, and let everybody in."""
        self._room = await self._hosts.room("Leaving", [self._owner.person])
        made = await self._owner.insist("POST", "/channels", {"title": "Leaving", "visibility": "public"})
        self._channel = made.json()["id"]
        for _ in range(self._count):
            await self._admit()

    async def _admit(self) -> Guest:
        alone = People(self._hosts.target)  # a crowd of one: nobody keeps the tokens of who is gone fresh
        [person] = await alone.first(1)
        guest = Guest(Client(alone, person, self._dice), Leaver(person.id, self._dice.choice(CHOICES)))
        await self._owner.insist("POST", f"/conversations/{self._room}/members", {"user_ids": [person.id]})
        await guest.client.insist("POST", f"/channels/{self._channel}/subscription")
        self._waiting.append(guest)
        return guest

    async def run(self, stop: asyncio.Event) -> None:
        """Let them write until they are gone, or until `stop`; the host writes on."""
        self._stop = stop
        async with asyncio.TaskGroup() as self._group:
            for guest in tuple(self._waiting):
                self._group.create_task(self._write_on(guest, stop))
            await self._host(stop)

    async def _host(self, stop: asyncio.Event) -> None:
        while await now_and_then(stop, self._dice, PAUSE_S):
            await self._owner.insist("POST", f"/conversations/{self._room}/messages", self._body())
            self.done += 1

    async def _write_on(self, guest: Guest, stop: asyncio.Event) -> None:
        while await now_and_then(stop, self._dice, PAUSE_S):
            body = self._body()
            at = monotonic()
            answer = await guest.client.ask("POST", f"/conversations/{self._room}/messages", body)
            if answer.ok:
                guest.leaver.written[answer.json()["id"]] = body["text"]
            if guest.erased is not None:
                guest.erased.looks.append(Look(at, "writing", saw=answer.ok, refused=answer.status in {401, 403, 404}))
                if self._trouble.calm(guest.erased.at, monotonic()) > WITHIN_S + BEYOND_S:
                    return

    def _body(self) -> dict[str, Any]:
        return {"client_msg_id": str(uuid.uuid4()), "text": f"I was here {self._dice.getrandbits(32):x}"}

    async def erase(self) -> None:
        """Have one's account erased while they write, and let somebody else in; return when auth says that it is.

        Raises:
            TimeoutError: Auth did not, in time.
        """
        guest = self._waiting.popleft()
        self._gone.append(guest)
        body = {"password": guest.client.person.password, "messages": guest.leaver.choice}
        answer = await guest.client.insist("POST", "/users/me/data/erasure", body)
        if not answer.ok and b"erasure_asked" not in answer.body:  # by an answer that was lost on the way
            raise SetupError(f"erasure: {answer.status} {answer.body[:200]!r}")
        await asyncio.to_thread(self._graces.end, guest.leaver.user_id)
        async with asyncio.timeout(ERASED_S):
            while not await asyncio.to_thread(self._graces.erased, guest.leaver.user_id):
                await asyncio.sleep(0.2)
        guest.erased = Revocation(f"{guest.leaver.user_id}, erased", monotonic())
        self._group.create_task(self._write_on(await self._admit(), self._stop))

    async def findings(self) -> list[Finding]:
        """Wait until all that should go is gone, and return what is not, or should not have gone."""
        found = check_access([guest.erased for guest in self._gone if guest.erased], self._trouble)
        deadline = monotonic() + GONE_S
        while left := await self._still_there():
            if monotonic() > deadline:
                return [*found, *left]
            await asyncio.sleep(2.0)
        return found

    async def _still_there(self) -> list[Finding]:
        lines = [
            Line(each["id"], each["author_id"], each["text"], each["deleted"])
            for each in await read_history(self._owner.person, self._room)
            if each["kind"] == "text"
        ]
        members = await self._ids(f"/conversations/{self._room}/members?limit=100")
        followers = await self._ids(f"/channels/{self._channel}/followers?limit=100")
        found: list[Finding] = []
        for leaver in (guest.leaver for guest in self._gone):
            known = (await self._owner.insist("GET", f"/users/{leaver.user_id}")).ok
            left = Left(lines, leaver.user_id in members, leaver.user_id in followers, known)
            found += check_erasure(leaver, left)
        if not found:  # each try is a hash that takes its time
            found = [each for guest in self._gone for each in await self._signing_in(guest, lines)]
        return found

    async def _signing_in(self, guest: Guest, lines: list[Line]) -> list[Finding]:
        person = guest.client.person
        body = {"username": person.username, "password": person.password}
        try:
            signed_in = (await patient(lambda: person.lane.call("POST", "/auth/login", body=body), "login")).ok
        except SetupError:
            signed_in = False
        return check_erasure(guest.leaver, Left(lines, signs_in=signed_in))

    async def _ids(self, path: str) -> set[str]:
        found: set[str] = set()
        cursor = ""
        while True:
            page = (await self._owner.insist("GET", path + cursor)).json()
            found |= {each["user_id"] for each in page["items"]}
            if not page["next"]:
                return found
            cursor = f"&after={page['next']}"

    def summary(self) -> str:
        """Return in a line what was done."""
        written = sum(len(guest.leaver.written) for guest in self._gone)
        choices = ", ".join(guest.leaver.choice for guest in self._gone)
        return f"{len(self._gone)} accounts erased at work ({choices}), {written} messages of theirs looked for"

    def leave(self) -> None:
        """Close all connections."""
        for guest in (*self._gone, *self._waiting):
            guest.client.leave()
        self._owner.leave()


class Graces:
    """The end of the days that an account waits for its erasure: auth's own role moves it here.

    Args:
        stack: Whose auth it is.
    """

    def __init__(self, stack: RunningStack) -> None:
        from plumbing.database import transactions

        self._db = transactions(stack.env("auth")["DATABASE_URL"], 1)

    def end(self, user_id: str) -> None:
        """Let somebody's grace be over now."""
        from sqlalchemy import text

        with self._db.transaction() as session:
            session.execute(text("UPDATE erasures SET due_at = now() WHERE user_id = :id"), {"id": user_id})

    def erased(self, user_id: str) -> bool:
        """Tell whether somebody's account is erased."""
        from sqlalchemy import text

        with self._db.reading() as session:
            found = session.execute(text("SELECT erased_at FROM erasures WHERE user_id = :id"), {"id": user_id})
            return found.scalar() is not None
