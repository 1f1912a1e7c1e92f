"""Sign-ins a second; each costs an argon2id hash of 64 MiB."""

from __future__ import annotations

from itertools import count

from bench.ground import Ground
from bench.lane import Done, Lane
from bench.load import ClosedLoop

#: At most this many at once, as many as the server hashes; more would only wait.
AT_ONCE = 4


class Turns(Lane):
    """A lane that takes another address for each request, as different people do."""

    def __init__(self, lanes: list[Lane]) -> None:
        super().__init__(lanes[0].target)
        self._lanes = lanes
        self._turn = 0

    def send(self, raw: bytes, done: Done) -> None:
        """Send `raw` from the next address."""
        self._turn += 1
        self._lanes[self._turn % len(self._lanes)].send(raw, done)

    def close(self) -> None:
        """Close all."""
        for lane in self._lanes:
            lane.close()


async def logins(ground: Ground) -> None:
    """Measure sign-ins with the right password, over many accounts and addresses."""
    people = await ground.people.first(ground.size.accounts)
    requests = [
        ground.target.request("POST", "/auth/login", body={"username": person.username, "password": person.password})
        for person in people
    ]
    turns = count()
    lanes = [
        Turns([Lane(ground.target, f"127.200.{index}.{1 + address}") for address in range(len(people))])
        for index in range(AT_ONCE)
    ]

    def next_request(_: int) -> bytes:
        return requests[next(turns) % len(requests)]

    sample = await ClosedLoop(lanes, next_request).run(ground.size.seconds, ground.size.warm_up_s)
    ground.report.add(*sample.figures("logins", "logins/s"))
