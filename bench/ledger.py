"""Every acknowledged send of a run, and the proof that history holds each of them once."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from bench.lane import Lane
from bench.people import Person, SetupError, for_each, patient
from bench.wire import Response

PAGE = 100


@dataclass
class Ledger:
    """What the server said it stored.

    Attributes:
        readers: For every room, somebody who may read it.
    """

    readers: dict[str, Person] = field(default_factory=dict)
    _answers: list[bytes] = field(default_factory=list)

    def take(self, response: Response) -> None:
        """Keep the answer to a send; anything but a 2xx is nothing acknowledged."""
        if response.ok:
            self._answers.append(response.body)

    def __len__(self) -> int:
        return len(self._answers)

    def acknowledged(self) -> dict[str, list[dict[str, Any]]]:
        """Return the acknowledged messages by room."""
        rooms: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for body in self._answers:
            message = json.loads(body)
            rooms[message["conversation_id"]].append(message)
        return rooms

    async def problems(self) -> list[str]:
        """Read the whole history of every room and return what is wrong with it."""
        rooms = self.acknowledged()
        found = await for_each(list(rooms), 4, lambda room: self._room_problems(room, rooms[room]))
        return [problem for problems in found for problem in problems]

    async def _room_problems(self, room: str, acknowledged: list[dict[str, Any]]) -> list[str]:
        stored = await read_history(self.readers[room], room)
        return [f"room {room}: {problem}" for problem in compare(acknowledged, stored)]


async def read_history(reader: Person, room: str) -> list[dict[str, Any]]:
    """Return every message of `room` in the order of seq, page by page."""
    lane = Lane(reader.lane.target, reader.source)
    messages: list[dict[str, Any]] = []
    try:
        while True:
            after = messages[-1]["seq"] if messages else 0
            path = f"/conversations/{room}/messages?limit={PAGE}&after_seq={after}"
            page = (await patient(lambda path=path: lane.call("GET", path, reader.token), "history")).json()["items"]  # type: ignore[misc]
            messages += page
            if not page:
                return messages
            if page[-1]["seq"] <= after:
                msg = f"history of {room} does not move on after seq {after}"
                raise SetupError(msg)
    finally:
        lane.close()


def compare(acknowledged: Iterable[dict[str, Any]], stored: list[dict[str, Any]]) -> list[str]:
    """Return how `stored` falls short of holding each acknowledged message exactly once, gap-free."""
    problems = []
    seqs = [message["seq"] for message in stored]
    if seqs != list(range(1, len(seqs) + 1)):
        wrong = next(index for index, seq in enumerate(seqs, 1) if seq != index)
        problems.append(f"seq is not gap-free: {seqs[wrong - 1]} stands at place {wrong} of {len(seqs)}")
    keys = [(message["author_id"], message["client_msg_id"]) for message in stored if message["client_msg_id"]]
    if len(keys) != len(set(keys)):
        problems.append(f"{len(keys) - len(set(keys))} messages are stored twice")
    by_id = {message["id"]: message for message in stored}
    for message in acknowledged:
        kept = by_id.get(message["id"])
        if kept is None:
            problems.append(f"acknowledged message {message['id']} (seq {message['seq']}) is lost")
        elif (kept["seq"], kept["text"]) != (message["seq"], message["text"]):
            problems.append(f"acknowledged message {message['id']} was stored differently")
    return problems
