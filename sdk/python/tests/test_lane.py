"""Events of one place are handled once and in order, whatever way they come."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from charla_sdk import Event, Pace, ProblemError, Unreachable
from charla_sdk.lane import Lane
from charla_sdk.places import Page

QUICK = Pace(first_pause_s=0.001, longest_pause_s=0.002)


class Log:
    """A place that has all events up to a number."""

    key = "conv:x"

    def __init__(self, last: int, *, page: int = 500, begins_at: int = 0) -> None:
        self.last = last
        self.asked: list[int] = []
        self.failures: list[Exception] = []
        self.is_reset = False
        self._page = page
        self._begins_at = begins_at

    async def events_after(self, number: int) -> Page:
        self.asked.append(number)
        if self.failures:
            raise self.failures.pop(0)
        end = min(self.last, number + self._page)
        found = [event(each) for each in range(number + 1, end + 1)]
        return Page(found, self.last, end < self.last, self.is_reset)

    async def beginning(self) -> int:
        return self._begins_at

    def reset(self, number: int) -> Event:
        return Event("conversation.reset", number=number)


def event(number: int) -> Event:
    return Event("message.created", number=number)


class Run:
    """A lane that runs, and what it handled."""

    def __init__(self, log: Log, head: int | None = 0) -> None:
        self.handled: list[tuple[str, int | None]] = []
        self.saved: list[int] = []
        self.lane = Lane(log, head, self._handle, self._save, QUICK)

    async def _handle(self, event: Event) -> None:
        await asyncio.sleep(0)
        self.handled.append((event.type, event.number))

    async def _save(self, key: str, number: int) -> None:
        assert key == "conv:x"
        self.saved.append(number)

    @property
    def numbers(self) -> list[int | None]:
        return [number for _, number in self.handled]

    async def through(self, act: Callable[[Lane], Awaitable[None]], until: Callable[[], bool]) -> None:
        task = asyncio.create_task(self.lane.run())
        await act(self.lane)
        async with asyncio.timeout(60):
            while not until():
                await asyncio.sleep(0.001)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def puts(*numbers: int) -> Callable[[Lane], Awaitable[None]]:
    async def act(lane: Lane) -> None:
        for number in numbers:
            lane.put(event(number))

    return act


@pytest.mark.parametrize("order", [(1, 2, 3, 4), (1, 4, 2, 3), (4,), (2, 2, 1, 4, 4), (4, 3, 2, 1)])
def test_events_are_handled_once_and_in_order(order: tuple[int, ...]) -> None:
    run = Run(Log(last=4))
    asyncio.run(run.through(puts(*order), lambda: len(run.handled) >= 4))
    assert run.numbers == [1, 2, 3, 4] == run.saved


def test_events_in_order_are_not_asked_for() -> None:
    log = Log(last=3)
    run = Run(log)
    asyncio.run(run.through(puts(1, 2, 3), lambda: len(run.handled) >= 3))
    assert log.asked == []


def test_a_gap_is_asked_for_in_pages_and_through_failures() -> None:
    log = Log(last=10, page=4)
    log.failures = [Unreachable(), ProblemError(503, {"code": "draining"})]
    run = Run(log)

    async def act(lane: Lane) -> None:
        lane.reach(10)

    asyncio.run(run.through(act, lambda: len(run.handled) >= 10))
    assert run.numbers == list(range(1, 11))
    assert log.asked == [0, 0, 0, 4, 8]


def test_more_than_memory_shall_hold_is_asked_for_later() -> None:
    run = Run(Log(last=2_500))
    asyncio.run(run.through(puts(*range(1, 2_501)), lambda: len(run.handled) >= 2_500))
    assert run.numbers == list(range(1, 2_501))


def test_who_has_just_come_begins_not_after_what_the_socket_told() -> None:
    run = Run(Log(last=7, begins_at=7), head=None)
    asyncio.run(run.through(puts(7), lambda: len(run.handled) >= 1))
    assert run.numbers == [7]


def test_restored_older_data_is_told_and_gone_on_from() -> None:
    log = Log(last=5)
    log.is_reset = True
    run = Run(log, head=9)

    async def act(lane: Lane) -> None:
        lane.reach(11)

    asyncio.run(run.through(act, lambda: run.lane.head == 5))
    assert run.handled == [("conversation.reset", 5)]


def test_a_place_that_is_refused_is_followed_no_longer() -> None:
    log = Log(last=5)
    log.failures = [ProblemError(404, {"code": "unknown_conversation"})]
    run = Run(log)
    run.lane.reach(5)
    asyncio.run(asyncio.wait_for(run.lane.run(), 60))
    assert run.handled == []


def test_what_came_before_the_end_is_handled() -> None:
    run = Run(Log(last=2))
    run.lane.put(event(1))
    run.lane.put(event(2))
    run.lane.end()
    asyncio.run(asyncio.wait_for(run.lane.run(), 60))
    assert run.numbers == [1, 2]
    assert run.saved == []
