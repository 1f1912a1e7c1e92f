"""The breaker: opens after calls that nobody answered, lets one through a second, closes by an answer."""

from __future__ import annotations

import pytest

from contracts.base import Forbidden, Unavailable
from gateway_flask.breaker import BELIEVED_S, FAILURES, REST_S, Breaker
from plumbing.caller import ServiceAway
from plumbing.context import DeadlineExceeded


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker("messaging", lambda: False, clock)


def call(breaker: Breaker, outcome: Exception | None = None) -> str:
    """Return how a call went: whether somebody was asked."""
    asked = False
    try:
        with breaker.calling():
            asked = True
            if outcome is not None:
                raise outcome  # noqa: TRY301 - it stands for the call
    except Exception:  # noqa: BLE001 - what came of it is what is asked
        return "failed" if asked else "turned away"
    return "ok"


@pytest.mark.parametrize("failure", [ServiceAway(), DeadlineExceeded()])
def test_it_opens_after_several_that_nobody_answered(breaker, failure):
    assert [call(breaker, failure) for _ in range(FAILURES)] == ["failed"] * FAILURES
    assert call(breaker, failure) == "failed"  # the one that looks whether somebody is there
    assert call(breaker) == "turned away"
    assert breaker.is_open


def test_who_is_turned_away_learns_when_to_try_again(breaker):
    for _ in range(FAILURES + 1):
        call(breaker, ServiceAway())
    with pytest.raises(ServiceAway) as refused, breaker.calling():
        pass
    assert refused.value.facts == {"retry_after_s": REST_S}


def test_one_a_second_looks_and_an_answer_closes_it(breaker, clock):
    for _ in range(FAILURES + 1):
        call(breaker, ServiceAway())
    clock.now += REST_S
    assert [call(breaker, ServiceAway()), call(breaker)] == ["failed", "turned away"]
    clock.now += REST_S
    assert [call(breaker), call(breaker)] == ["ok", "ok"]
    assert not breaker.is_open


@pytest.mark.parametrize("answer", [None, Forbidden(), Unavailable()])
def test_an_answer_in_between_counts_from_anew(breaker, answer):
    for _ in range(3):
        for _ in range(FAILURES - 1):
            call(breaker, DeadlineExceeded())
        call(breaker, answer)
    assert not breaker.is_open


def test_it_is_open_while_the_registry_knows_that_nobody_is_up(clock):
    down = [True]
    breaker = Breaker("messaging", lambda: down[0], clock)
    assert [call(breaker, ServiceAway()), call(breaker)] == ["failed", "turned away"]
    down[0] = False
    assert call(breaker) == "ok"


def test_an_answer_is_believed_before_the_registry(clock):
    """The registry hears some seconds later that a service is back, and a busy one may miss the sidecar's look."""
    down = [True]
    breaker = Breaker("messaging", lambda: down[0], clock)
    assert [call(breaker), call(breaker), call(breaker)] == ["ok"] * 3
    clock.now += BELIEVED_S + REST_S
    assert [call(breaker, ServiceAway()), call(breaker)] == ["failed", "turned away"]


def test_who_is_told_gone_while_it_answers_turns_nobody_away(clock):
    down = [False]
    breaker = Breaker("messaging", lambda: down[0], clock)
    assert call(breaker) == "ok"
    down[0] = True
    assert [call(breaker), call(breaker)] == ["ok", "ok"]
    assert not breaker.is_open


def test_once_nobody_answered_the_registry_is_believed_at_once(clock):
    breaker = Breaker("messaging", lambda: True, clock)
    call(breaker)
    assert call(breaker, DeadlineExceeded()) == "failed"
    assert breaker.is_open
