"""The bench beside other chat servers: what is reckoned without any of them."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from time import perf_counter

import pytest

from bench.peers import adapter, command, work
from bench.peers.processor import Meter


def test_marks_are_found_however_a_stream_is_cut() -> None:
    marks = [adapter.text_of(number) for number in (1, 2, 3)]
    whole = "".join(f"<message><body>{text}</body></message>" for _, text in marks).encode()
    for size in range(1, 40):
        reader = adapter.Marks()
        found = [mark for at in range(0, len(whole), size) for mark in reader.feed(whole[at : at + size])]
        assert found == [mark for mark, _ in marks]


@pytest.mark.parametrize(("people", "members"), [(16, 4), (32, 4), (128, 4), (64, 8)])
def test_everybody_is_in_two_rooms_with_different_people(people: int, members: int) -> None:
    rooms = work.seats(people, members)
    assert all(len(set(room)) == members for room in rooms)
    assert Counter(person for room in rooms for person in room) == dict.fromkeys(range(people), 2)
    assert len({frozenset(room) for room in rooms}) == len(rooms)


class Room:
    """A room in this process, which forgets every tenth message of one listener and refuses the first of all."""

    def __init__(self) -> None:
        self.members: list[Talker] = []
        self.count = 0


class Talker:
    """A member of `Room`."""

    def __init__(self, room: Room) -> None:
        self.on_mark: adapter.OnMark = lambda _moment, _mark: None
        self._room = room
        room.members.append(self)

    def send(self, room: str, mark: bytes, text: str, done: adapter.Done) -> None:
        """Tell all but one in ten, and say so."""
        self._room.count += 1
        if self._room.count == 1:
            done(False)
            return
        for member in self._room.members:
            if member is not self._room.members[-1] or self._room.count % 10:
                member.on_mark(perf_counter(), mark)
        asyncio.get_running_loop().call_soon(done, True)

    async def page(self, room: str, before: str | None) -> adapter.Page:
        """Never asked here."""
        raise NotImplementedError


def test_what_does_not_arrive_and_what_is_refused_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "PATIENCE_S", 0.1)

    async def drip() -> work.Seen:
        room = Room()
        members: Sequence[Talker] = [Talker(room) for _ in range(3)]
        return await work.drip(work.Crowd(members, [work.Room("r", (0, 1, 2))]), 1_000.0, 0.061)

    seen = asyncio.run(drip())
    assert (len(seen.acknowledged), seen.refused) == (60, 1)
    # The tenth, the twentieth … of sixty-one, unless the last one sent it itself.
    assert (seen.missing, len(seen.delivered)) == (4, 116)


def test_the_table_has_each_peer_as_a_multiple_of_charla_in_the_same_turns() -> None:
    def figures(rate: float) -> dict[str, dict[str, float]]:
        loads = {load for load, _, _ in command.rows({"options": {"senders": [2], "rate": 20}})}
        names = ("rate", "ack_p50_ms", "ack_p99_ms", "delivery_p50_ms", "delivery_p99_ms", "server_us")
        return {load: dict.fromkeys((*names, "p50_ms", "p99_ms"), rate) for load in loads}

    turns = {
        "one": [{"charla": figures(10.0), "peer": figures(20.0)}],
        "two": [{"charla": figures(30.0), "peer": figures(15.0)}],
    }
    table = command.table({"options": {"senders": [2], "rate": 20}, "turns": turns}).splitlines()
    assert table[0] == "| what | charla | one | two |"
    assert "| 2 senders: messages/s | 20 | 20 (2) | 15 (0.5) |" in table


def test_processor_time_of_what_a_process_began_is_counted() -> None:
    burn = "import time\nwhile time.process_time() < 0.3: pass\nprint(flush=True)\ninput()"
    meter = Meter([os.getpid()])
    with subprocess.Popen([sys.executable, "-c", burn], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        taken = meter.seconds()
        child.communicate(b"\n")
    assert taken >= 0.25
