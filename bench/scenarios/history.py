"""A page of history out of a long conversation."""

from __future__ import annotations

import random
from collections.abc import Callable

from bench.figures import Goal
from bench.ground import Ground, SendRequests
from bench.lane import Lane
from bench.load import ClosedLoop
from bench.people import Person, SetupError, for_each, patient

PAGES = Goal(1_200, at_least=True)
LANES = 32
PAGE = 50


async def pages(ground: Ground) -> None:
    """Measure reading pages of 50 at random places of a long conversation."""
    people = await ground.people.first(LANES)
    room = await ground.room("long", people)
    await fill(ground, people, room, ground.size.history)
    lanes = [Lane(ground.target, person.source) for person in people]
    check = await lanes[0].request(_page_request(ground, people[0], room, ground.size.history)())
    if not check.ok or len(check.json()["items"]) != PAGE:
        msg = f"a page of history: {check.status} {check.body[:200]!r}"
        raise SetupError(msg)
    makers = [_page_request(ground, person, room, ground.size.history) for person in people]
    load = ClosedLoop(lanes, lambda index: makers[index]())
    sample = await load.run(ground.size.seconds, ground.size.warm_up_s)
    ground.report.add(*sample.figures("history.page_of_50", "pages/s", rate=PAGES))


async def fill(ground: Ground, people: list[Person], room: str, count: int) -> None:
    """Send `count` messages into `room`, everybody taking part."""
    requests = SendRequests(ground.target)

    async def send(index: int) -> None:
        person = people[index % len(people)]
        raw = requests.make(person, room)[1]
        lane = lanes[index % len(lanes)]
        ground.ledger.take(await patient(lambda: lane.request(raw), "fill"))

    lanes = [Lane(ground.target, person.source) for person in people]

    async def share(start: int) -> None:
        for index in range(start, count, len(lanes)):
            await send(index)

    await for_each(range(len(lanes)), len(lanes), share)


def _page_request(ground: Ground, person: Person, room: str, newest: int) -> Callable[[], bytes]:
    dice = random.Random(person.username)  # noqa: S311 - places in a history, no secrets

    def make() -> bytes:
        before = dice.randint(PAGE + 1, newest)
        path = f"/conversations/{room}/messages?limit={PAGE}&before_seq={before}"
        return ground.target.head("GET", path, person.token, None)

    return make
