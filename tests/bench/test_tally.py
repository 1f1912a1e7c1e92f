"""What a flood's answers are counted as."""

from __future__ import annotations

from collections import Counter

import pytest

from bench.tally import Outcome, PhaseTally, Second, outcome_of, recovered_after


@pytest.mark.parametrize(
    ("status", "took_s", "told", "outcome"),
    [
        (201, 0.1, False, Outcome.ACCEPTED),
        (200, 2.1, False, Outcome.LATE),
        (429, 0.1, True, Outcome.REFUSED_429),
        (503, 0.1, True, Outcome.REFUSED_503),
        (503, 0.1, False, Outcome.UNTOLD),
        (500, 0.1, False, Outcome.FAILED),
        (404, 0.1, False, Outcome.WRONG),
    ],
)
def test_an_answer_is_one_of_these(status: int, took_s: float, told: bool, outcome: Outcome) -> None:
    assert outcome_of(status, took_s, told=told) is outcome


def test_goodput_is_what_was_accepted_in_time_and_the_rest_is_named() -> None:
    tally = PhaseTally("overload", 2.0, 10.0)
    for at_s, status, took_s in ((0.5, 201, 0.1), (1.5, 201, 0.1), (1.6, 201, 3.0), (1.7, 503, 0.1)):
        tally.answered("send", at_s, status, took_s, told=True)
    tally.lost("send", 1.8, Outcome.RESET)
    assert tally.goodput == 1.0
    assert tally.unfair == {"accepted too late": 1, "connection lost": 1}


def second(took: float, **outcomes: int) -> Second:
    counts = Counter({Outcome[name]: count for name, count in outcomes.items()})
    return Second(counts, [took] * counts[Outcome.ACCEPTED])


def test_it_has_recovered_after_three_calm_seconds_in_a_row() -> None:
    before = [second(0.1, ACCEPTED=10)]
    calm, slow = second(0.15, ACCEPTED=10), second(0.5, ACCEPTED=10)
    refused, lost = second(0.1, ACCEPTED=9, REFUSED_503=1), second(0.1, ACCEPTED=9, RESET=1)
    assert recovered_after(before, [calm, calm, calm]) == 0.0
    assert recovered_after(before, [refused, calm, slow, calm, lost, calm, calm, calm]) == 5.0
    assert recovered_after(before, [refused, calm, calm]) is None
    assert recovered_after(before, [Second(), Second(), Second()]) is None
