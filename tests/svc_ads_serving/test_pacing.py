"""A simulated day: what is spent follows the plan, whatever the traffic does."""

from __future__ import annotations

import math
from collections import deque
from datetime import UTC, datetime, timedelta

import pytest

from contracts.base import new_id
from svc_ads.serving import auction, pacing
from svc_ads.serving.auction import FULL, Candidate, Inputs
from svc_ads.serving.matching import Facts
from svc_ads.serving.pacing import Pace
from svc_ads.terms import Terms
from tests.svc_ads_serving.shop import terms_of_test

START = datetime(2026, 5, 1, tzinfo=UTC)
STEP = timedelta(seconds=5)
STEPS = 24 * 720
VIEWED = 10  # steps until a view is billed


def simulate(terms: Terms, requests_at: list[int]) -> list[int]:
    """Return what was spent by the end of each hour; of ten ads seven are seen, 50 s later."""
    pace: Pace = pacing.first(terms, 0, START)
    spent, hours, number = 0, [], 0
    coming: deque[int] = deque([0] * VIEWED)
    for step in range(STEPS):
        at = START + step * STEP
        pace = pacing.next_pace(terms, pace, spent, at)
        throttle = pacing.throttle_of(terms, pace, at)
        won = 0
        for _ in range(requests_at[step]):
            number += 1
            mine = Candidate(terms.campaign_id, 1, terms.bid_micros, 3, ("a",), 10**9, throttle=throttle)
            outcome = auction.decide(Inputs(f"d{number}", 1, Facts("unasked", "es"), (mine,)))
            won += outcome.price if number % 10 < 7 else 0
        coming.append(won)
        spent += coming.popleft()
        if (step + 1) % 720 == 0:
            hours.append(spent)
    return hours


def steady(step: int) -> int:
    return 2


def daily(step: int) -> int:
    """Few at night, many in the evening."""
    return round(2 + 1.4 * math.sin(2 * math.pi * step / STEPS))


def bursts(step: int) -> int:
    return 8 if step % 360 < 60 else 1


@pytest.mark.parametrize("traffic", [steady, daily, bursts])
def test_spending_follows_the_plan(traffic: object) -> None:
    terms = terms_of_test(
        campaign_id=new_id(), pacing="even", budget_micros=72_000_000, bid_micros=10_000, starts_at=START,
        ends_at=START + timedelta(days=1),
    )  # fmt: skip
    hours = simulate(terms, [traffic(step) for step in range(STEPS)])  # type: ignore[operator]
    plan = [terms.budget_micros * (hour + 1) // 24 for hour in range(24)]
    for spent, planned in zip(hours, plan, strict=True):
        assert abs(spent - planned) <= terms.budget_micros * 0.02
    assert hours[-1] >= terms.budget_micros * 0.97


def test_a_campaign_far_ahead_takes_part_in_nothing_and_a_fast_one_in_all() -> None:
    terms = terms_of_test(pacing="even", starts_at=START, ends_at=START + timedelta(days=1))
    assert pacing.throttle_of(terms, Pace(START, terms.budget_micros, FULL), START) == 0
    fast = terms_of_test(pacing="fast")
    assert pacing.throttle_of(fast, Pace(START, fast.budget_micros, 1), START) == FULL


def test_a_server_that_starts_again_begins_gently() -> None:
    terms = terms_of_test(pacing="even")
    assert pacing.first(terms, 0, START).throttle == FULL
    assert pacing.first(terms, 1, START).throttle == FULL // 10
