"""Writers: send with retries under the same id, repeat some on purpose, edit some."""

from __future__ import annotations

import asyncio
import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from bench.people import People, Person
from drill.client import Client
from drill.history import Ack, Edit, History, Send


@dataclass(frozen=True)
class Pace:
    """How writers behave.

    Attributes:
        pause_s: Mean seconds between a writer's messages.
        repeat: Share of acknowledged sends that are sent again under the same id.
        edit: Share of acknowledged messages that are edited.
    """

    pause_s: float = 0.15
    repeat: float = 0.05
    edit: float = 0.08


class Writer:
    """One person who writes until told to stop, then finishes what was begun.

    Args:
        people: Refreshes tokens.
        person: Who writes.
        rooms: Where.
        history: Where everything is recorded.
        seed: Makes the run reproducible.
        pace: How fast, and how much is repeated and edited.
    """

    def __init__(
        self, people: People, person: Person, rooms: Sequence[str], history: History, seed: str, pace: Pace
    ) -> None:
        self._person = person
        self._rooms = rooms
        self._history = history
        self._dice = random.Random(seed)  # noqa: S311 - a reproducible load, no secrets
        self._pace = pace
        self._client = Client(people, person, self._dice)

    @property
    def retries(self) -> int:
        """How often something was asked again."""
        return self._client.retries

    async def run(self, stop: asyncio.Event) -> None:
        """Write until `stop` is set; what was begun is retried until it is answered."""
        number = 0
        while not stop.is_set():
            number += 1
            await self._write(number)
            await asyncio.sleep(self._dice.expovariate(1 / self._pace.pause_s) if self._pace.pause_s else 0)

    def leave(self) -> None:
        """Close the connection."""
        self._client.leave()

    async def _write(self, number: int) -> None:
        room = self._dice.choice(self._rooms)
        message_id = str(uuid.UUID(int=self._dice.getrandbits(128), version=4))
        send = Send(room, self._person.id, message_id)
        text = self._history.texts[send] = f"{self._person.username} {number} in a drill"
        ack = await self._send(send, text)
        if ack is None:
            self._history.refused.add(send)
            return
        if self._dice.random() < self._pace.repeat:
            await self._send(send, text)
        if self._dice.random() < self._pace.edit:
            await self._edit(ack, f"{text}, edited")

    async def _send(self, send: Send, text: str) -> Ack | None:
        body = {"client_msg_id": send.client_msg_id, "text": text}
        answer = await self._client.insist("POST", f"/conversations/{send.room}/messages", body)
        if not answer.ok:
            return None
        view = answer.json()
        ack = Ack(send, view["id"], view["seq"], view["ver"])
        self._history.acks.append(ack)
        return ack

    async def _edit(self, ack: Ack, text: str) -> None:
        edit = self._history.edits[ack.message_id] = Edit(ack.send.room, ack.message_id, text)
        answer = await self._client.insist("PATCH", f"/messages/{ack.message_id}", {"text": text})
        edit.acknowledged = answer.ok
