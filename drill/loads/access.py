"""Doors: people are let into a group or a private channel, read there, are put out again, and try to go on reading."""

from __future__ import annotations

import asyncio
import json
import random
import uuid
from collections.abc import Sequence
from time import monotonic
from typing import Any

from bench.lane import Lane
from bench.live import sign_in
from bench.people import People, Person, SetupError
from bench.websocket import Socket
from bench.wire import Response
from drill.client import Client
from drill.finding import Finding
from drill.loads.load import now_and_then, together
from drill.promises.access import WITHIN_S, Look, Revocation, check_access, longest, proven
from drill.promises.trouble import Trouble

#: Somebody who was put out tries this often, and so many calm seconds longer than they may see anything.
LOOK_S, BEYOND_S = 0.4, 1.5
CHATTER_S = 0.7
HEAR_S = 5.0
REFUSALS = {403, 404}


class Group:
    """A group whose owner writes, and lets people in and out."""

    name = "group"

    def __init__(self, people: People, owner: Client) -> None:
        self._people = people
        self._owner = owner
        self.id = ""

    async def open(self) -> None:
        """Make it."""
        self.id = await self._people.room("Doors", [self._owner.person])

    async def chat(self) -> None:
        """Let there be something to see."""
        body = {"client_msg_id": str(uuid.uuid4()), "text": "Only for who is in here."}
        await self._owner.insist("POST", f"/conversations/{self.id}/messages", body)

    async def admit(self, guest: Client) -> Response:
        """Let somebody in."""
        return await self._owner.insist("POST", f"/conversations/{self.id}/members", {"user_ids": [guest.person.id]})

    async def expel(self, guest: Person) -> Response:
        """Put somebody out; whose first answer was lost on the way is told that they are out already."""
        return await self._owner.insist("DELETE", f"/conversations/{self.id}/members/{guest.id}")

    @property
    def views(self) -> dict[str, str]:
        """What shows something of it to whoever is in, by name."""
        place = f"/conversations/{self.id}"
        return {
            "messages": f"{place}/messages?limit=1",
            "changes": f"{place}/changes?after_ver=0&limit=1",
            "members": f"{place}/members?limit=1",
        }


class PrivateChannel:
    """A private channel whose owner publishes, lets people in by an invitation, and removes followers."""

    name = "channel"

    def __init__(self, owner: Client) -> None:
        self._owner = owner
        self._code = ""
        self.id = ""

    async def open(self) -> None:
        """Make it, and an invitation."""
        made = await self._owner.insist("POST", "/channels", {"title": "Doors", "visibility": "private"})
        self.id = made.json()["id"]
        self._code = (await self._owner.insist("POST", f"/channels/{self.id}/invites", {})).json()["code"]

    async def chat(self) -> None:
        """Let there be something to see."""
        body = {"client_post_id": str(uuid.uuid4()), "text": "Only for who follows."}
        await self._owner.insist("POST", f"/channels/{self.id}/posts", body)

    async def admit(self, guest: Client) -> Response:
        """Let somebody in."""
        return await guest.insist("POST", "/invites/accept", {"code": self._code})

    async def expel(self, guest: Person) -> Response:
        """Put somebody out; whose first answer was lost on the way is told that they are out already."""
        return await self._owner.insist("DELETE", f"/channels/{self.id}/followers/{guest.id}")

    @property
    def views(self) -> dict[str, str]:
        """What shows something of it to whoever is in, by name."""
        place = f"/channels/{self.id}"
        return {"channel": place, "posts": f"{place}/posts?limit=1", "log": f"{place}/log?after_seq=0&limit=1"}


class Access:
    """Guests of a group and of a private channel, in and out again.

    Args:
        people: Refreshes tokens.
        owner: Whose group and channel it is.
        guests: Who is let in and put out, by turns in both.
        trouble: When something is broken.
        seed: Makes the load reproducible.
    """

    name = "access"

    def __init__(
        self, people: People, owner: Person, guests: Sequence[Person], trouble: Trouble, seed: str
    ) -> None:  # fmt: skip
        self.revocations: list[Revocation] = []
        self.done = 0
        self._heard = 0
        self._people = people
        self._trouble = trouble
        self._dice = random.Random(seed)
        self._owner = Client(people, owner, self._dice)
        self._places: list[Group | PrivateChannel] = [Group(people, self._owner), PrivateChannel(self._owner)]
        self._guests = [Client(people, each, self._dice) for each in guests]

    async def open(self) -> None:
        """Make the group and the channel."""
        for place in self._places:
            await place.open()

    async def run(self, stop: asyncio.Event) -> None:
        """Let in and put out until `stop`."""
        visits = [self._come_and_go(guest, index, stop) for index, guest in enumerate(self._guests)]
        await together(*visits, *(self._chatter(place, stop) for place in self._places))

    async def _chatter(self, place: Group | PrivateChannel, stop: asyncio.Event) -> None:
        while await now_and_then(stop, self._dice, CHATTER_S):
            await place.chat()

    async def _come_and_go(self, guest: Client, turn: int, stop: asyncio.Event) -> None:
        while await now_and_then(stop, self._dice, CHATTER_S):
            turn += 1
            await self._visit(self._places[turn % len(self._places)], guest)

    async def _visit(self, place: Group | PrivateChannel, guest: Client) -> None:
        self._demand(await place.admit(guest), f"admit to a {place.name}")
        for path in place.views.values():
            self._demand(await guest.insist("GET", path), f"read as a member: {path}")
        looks: list[Look] = []
        socket = await self._listen(place.id, guest, looks)
        await self._hear_something(looks, socket)
        answer = await place.expel(guest.person)
        if not answer.ok:
            self._demand(answer, "expel", also=404)
        ended = Revocation(f"{guest.person.username} in a {place.name}", monotonic(), looks)
        self._heard += len(looks)
        looks.clear()  # what came before the answer came in time
        self.revocations.append(ended)
        await self._keep_looking(place, guest, ended)
        if socket is not None:
            socket.abort()

    @staticmethod
    def _demand(answer: Response, what: str, also: int = 200) -> None:
        if not answer.ok and answer.status != also:
            raise SetupError(f"{what}: {answer.status} {answer.body[:200]!r}")

    async def _keep_looking(self, place: Group | PrivateChannel, guest: Client, ended: Revocation) -> None:
        """Try everything, until it was tried long enough after the last moment at which it may show something."""
        while self._trouble.calm(ended.at, monotonic()) < WITHIN_S + BEYOND_S:
            for how, path in place.views.items():
                at = monotonic()
                answer = await guest.ask("GET", path)
                look = Look(at, how, saw=answer.ok, refused=answer.status in REFUSALS)
                ended.looks.append(look)
                self.done += look.refused
            await asyncio.sleep(LOOK_S)

    @staticmethod
    async def _hear_something(looks: list[Look], socket: Socket | None) -> None:
        """Wait for a first frame: only an ear that heard something before proves that it hears nothing after."""
        until = monotonic() + HEAR_S
        while socket is not None and not looks and monotonic() < until:
            await asyncio.sleep(0.05)

    async def _listen(self, place: str, guest: Client, looks: list[Look]) -> Socket | None:
        """Return an open socket that notes whatever it shows of a conversation; None while none is to be had."""

        def take(_: float, payload: bytes) -> None:
            frame: Any = json.loads(payload)
            if place in (frame.get("conv"), frame.get("channel")):
                looks.append(Look(monotonic(), f"socket ({frame.get('type') or frame['t']})", saw=True))

        lane = Lane(self._people.target, guest.person.source)
        try:
            return await sign_in(self._people.target, guest.person, "doors", take, lane)
        except SetupError:
            return None
        finally:
            lane.close()

    async def findings(self) -> list[Finding]:
        """Return every access that outlived its end."""
        return check_access(self.revocations, self._trouble)

    def summary(self) -> str:
        """Return in a line what was done."""
        proof = sum(proven(each, self._trouble) for each in self.revocations)
        looks = sum(len(each.looks) for each in self.revocations)
        seconds = longest(self.revocations, self._trouble)
        return (
            f"{len(self.revocations)} accesses ended, {proof} of them seen to be refused after {WITHIN_S:.0f} s,"
            f" {looks:,} looks afterwards ({self._heard} frames heard before), the last that showed something"
            f" {seconds:.2f} calm seconds after the end"
        )

    def leave(self) -> None:
        """Close all connections."""
        for client in (self._owner, *self._guests):
            client.leave()
