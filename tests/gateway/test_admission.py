"""How many requests a gateway worker lets in at once."""

from __future__ import annotations

from gateway_flask.admission import LEAST, SLOW_S, WINDOW_S, Admission

MOST = 512
QUICK, SLOW = SLOW_S / 10, SLOW_S * 2


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def window(room: Admission, clock: Clock, *took: float) -> None:
    """Let a window's worth of people in and out, as many as are given."""
    for _ in took:
        assert room.enter()
    clock.now += WINDOW_S
    for each in took:
        room.leave(each)


def crowded(room: Admission) -> None:
    """Let so many come that some are turned away, and all leave again without a trace."""
    while room.enter():
        pass
    room.in_flight = 0


def test_nobody_is_let_in_beyond_the_most() -> None:
    room = Admission(3)
    assert [room.enter() for _ in range(4)] == [True, True, True, False]
    room.leave(QUICK)
    assert room.enter()


def test_where_most_wait_long_fewer_are_let_in() -> None:
    clock = Clock()
    room = Admission(MOST, clock)
    window(room, clock, *[SLOW] * 20)
    assert room.limit == MOST * 3 // 4


def test_some_slow_kinds_of_call_change_nothing() -> None:
    clock = Clock()
    room = Admission(MOST, clock)
    window(room, clock, *[QUICK, SLOW] * 10)
    assert room.limit == MOST


def test_there_is_always_room_for_some() -> None:
    clock = Clock()
    room = Admission(MOST, clock)
    for _ in range(50):
        window(room, clock, *[SLOW] * 20)
    assert room.limit == LEAST


def test_it_is_not_decided_by_a_handful_nor_before_the_window_ends() -> None:
    clock = Clock()
    room = Admission(MOST, clock)
    window(room, clock, *[SLOW] * 3)
    assert room.limit == MOST
    room = Admission(MOST, clock)
    for _ in range(50):
        room.enter()
        room.leave(SLOW)
    assert room.limit == MOST


def test_room_comes_back_where_it_is_needed_and_all_is_quick() -> None:
    clock = Clock()
    room = Admission(MOST, clock)
    for _ in range(50):
        window(room, clock, *[SLOW] * 20)
    window(room, clock, *[QUICK] * 20)
    assert room.limit == LEAST, "nobody was turned away"
    windows = 0
    while room.limit < MOST:
        crowded(room)
        window(room, clock, *[QUICK] * 20)
        windows += 1
    assert windows * WINDOW_S < 5
    crowded(room)
    window(room, clock, *[QUICK] * 20)
    assert room.limit == MOST
