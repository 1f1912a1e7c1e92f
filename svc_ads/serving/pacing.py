"""Even pacing: a budget is spent as its time passes. Pure functions of what is spent and what was planned.

Two things hold a campaign to its plan: no lease is given out beyond what is planned by its end (`leasable`), and the
throttle says in which share of decisions the campaign takes part.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from svc_ads.serving.auction import FULL
from svc_ads.terms import Terms

#: A campaign may be so many views ahead of its plan, or a hundredth of its budget.
AHEAD_VIEWS = 10
AHEAD_SHARE = 100
#: How soon what is behind or ahead should be made up for.
HORIZON = timedelta(minutes=10)
_LEAST = FULL // 2_000
_STEP_UP, _STEP_DOWN = 1.25, 0.8


@dataclass(frozen=True)
class Pace:
    """How a campaign got on until `at`; `throttle` is the one that brought it there."""

    at: datetime
    spent: int
    throttle: int


def planned(budget: int, starts_at: datetime, ends_at: datetime, at: datetime) -> int:
    """Return how many micros of a budget should be spent at a time."""
    whole, passed = ends_at - starts_at, at - starts_at
    share = min(max(passed / whole, 0.0), 1.0) if whole > timedelta() else 1.0
    return int(budget * share)


def ahead(budget: int, bid: int) -> int:
    """Return by how many micros a campaign may be ahead of its plan."""
    return max(AHEAD_VIEWS * bid, budget // AHEAD_SHARE)


def leasable(budget: int, bid: int, starts_at: datetime, ends_at: datetime, until: datetime) -> int:
    """Return how much of a budget all leases that end by `until` may take together."""
    return min(budget, planned(budget, starts_at, ends_at, until) + ahead(budget, bid))


def first(terms: Terms, spent: int, at: datetime) -> Pace:
    """Return the pace of a campaign that a server begins with: a new one at once, others gently."""
    return Pace(at, spent, FULL if spent == 0 else FULL // 10)


def next_pace(terms: Terms, before: Pace, spent: int, at: datetime) -> Pace:
    """Return the pace after another look at what is spent."""
    passed = (at - before.at).total_seconds()
    if passed <= 0:
        return before
    behind = planned(terms.budget_micros, terms.starts_at, terms.ends_at, at) - spent
    rate = terms.budget_micros / max((terms.ends_at - terms.starts_at).total_seconds(), 1.0)
    wanted = rate + behind / HORIZON.total_seconds()
    actual = (spent - before.spent) / passed
    wish = wanted / actual if actual > 0 else (_STEP_UP if wanted > 0 else _STEP_DOWN)
    throttle = before.throttle * min(max(wish, _STEP_DOWN), _STEP_UP)
    return Pace(at, spent, int(min(max(throttle, _LEAST), FULL)))


def throttle_of(terms: Terms, pace: Pace | None, at: datetime) -> int:
    """Return the share of decisions, in millionths, in which a campaign takes part now; none too far ahead."""
    if terms.pacing != "even" or pace is None:
        return FULL
    plan = planned(terms.budget_micros, terms.starts_at, terms.ends_at, at)
    return 0 if pace.spent > plan + ahead(terms.budget_micros, terms.bid_micros) else pace.throttle
