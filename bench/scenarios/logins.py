"""Sign-ins a second; each costs an argon2id hash of 64 MiB."""

from __future__ import annotations

from bench.ground import Ground
from bench.lane import Lane
from bench.load import ClosedLoop

LANES = 4
ACCOUNTS = 32


async def logins(ground: Ground) -> None:
    """Measure sign-ins with the right password, over many accounts and addresses."""
    people = await ground.people.first(ACCOUNTS)
    requests = [
        ground.target.request("POST", "/auth/login", body={"username": person.username, "password": person.password})
        for person in people
    ]
    turns = list(range(LANES))

    def next_request(index: int) -> bytes:
        turns[index] += LANES
        return requests[turns[index] % len(requests)]

    lanes = [Lane(ground.target, f"127.200.0.{1 + index}") for index in range(LANES)]
    sample = await ClosedLoop(lanes, next_request).run(ground.size.seconds, ground.size.warm_up_s)
    ground.report.add(*sample.figures("logins", "logins/s"))
