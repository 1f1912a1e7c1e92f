"""Durable sends: how many a second, how long each takes."""

from __future__ import annotations

from bench.figures import Goal
from bench.ground import Ground, SendRequests
from bench.lane import Lane
from bench.load import ClosedLoop
from bench.people import Person

ONE_ROOM = Goal(1_500, at_least=True)
MANY_ROOMS = Goal(3_000, at_least=True)
P99_MS = Goal(60, at_least=False)


async def one_room(ground: Ground) -> None:
    """Measure sends into one room with each number of senders."""
    await _measure(ground, rooms=1, name="sends.1_room", goal=ONE_ROOM)


async def many_rooms(ground: Ground) -> None:
    """Measure sends over many rooms with each number of senders."""
    await _measure(ground, ground.size.rooms, f"sends.{ground.size.rooms}_rooms", MANY_ROOMS)


async def _measure(ground: Ground, rooms: int, name: str, goal: Goal) -> None:
    for senders in ground.size.senders:
        people = await ground.people.first(max(senders, 2))
        ids = [await ground.room(f"{name} {senders}", _led_by(people, n)) for n in range(rooms)]
        most = senders == ground.size.senders[-1]
        load = _load(ground, people[:senders], ids)
        sample = await load.run(ground.size.seconds, ground.size.warm_up_s)
        ground.report.add(
            *sample.figures(
                f"{name}.{senders}_senders", "sends/s", rate=goal if most else None, p99=P99_MS if most else None
            )
        )


def _led_by(people: list[Person], turn: int) -> list[Person]:
    """Return all people with another one in front, so that nobody makes all rooms."""
    first = turn % len(people)
    return people[first:] + people[:first]


def _load(ground: Ground, senders: list[Person], rooms: list[str]) -> ClosedLoop:
    requests = SendRequests(ground.target)
    turns = list(range(len(senders)))

    def next_request(index: int) -> bytes:
        turns[index] += 1
        return requests.make(senders[index], rooms[turns[index] % len(rooms)])[1]

    lanes = [Lane(ground.target, person.source) for person in senders]
    return ClosedLoop(lanes, next_request, lambda _, response: ground.ledger.take(response))
