"""Advertising: no campaign costs more than its budget, and each view that counts is billed exactly once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from drill.finding import Finding


@dataclass
class AdHistory:
    """What viewers saw and were told.

    Attributes:
        shown: The ads that were given out, by id, each with how often its view was said to count.
        asked: How often an ad was asked for.
    """

    shown: Counter[str] = field(default_factory=Counter)
    asked: int = 0


class Campaign(NamedTuple):
    """A campaign in the end, in micros of the currency's minor unit.

    Attributes:
        billed: What its billed views cost together.
        promised: What was closed, and what open leases may still spend.
        aside: What the ledger still has aside for it, in minor units.
    """

    id: str
    budget: int
    billed: int
    promised: int
    aside: int


class Bill(NamedTuple):
    """A view that was billed; its decision is the ad's id."""

    campaign_id: str
    decision_id: str


@dataclass
class AdBooks:
    """What is stored in the end.

    Attributes:
        own: What the service's own proof of budgets finds.
    """

    campaigns: Sequence[Campaign] = ()
    bills: Sequence[Bill] = ()
    own: Sequence[str] = ()


def check_budgets(history: AdHistory, books: AdBooks) -> list[Finding]:
    """Return every broken promise about what advertising costs."""
    billed = Counter(bill.decision_id for bill in books.bills)
    return [
        *_campaigns(books.campaigns),
        *_views(history.shown, billed),
        *(Finding("budget_wrong", "ads", detail) for detail in books.own),
    ]


def _campaigns(campaigns: Sequence[Campaign]) -> Iterator[Finding]:
    for each in campaigns:
        if each.billed > each.budget:
            yield Finding("overspent", each.id, f"{each.billed} micros billed of {each.budget}")
        if each.promised > each.budget:
            yield Finding("overleased", each.id, f"{each.promised} micros closed and leased of {each.budget}")
        if each.aside < 0:
            yield Finding("aside_negative", each.id, f"the ledger has {each.aside} aside for it")


def _views(shown: Mapping[str, int], billed: Mapping[str, int]) -> Iterator[Finding]:
    for ad_id, count in shown.items():
        if count > 1:
            yield Finding("counted_twice", ad_id, f"its view was said to count {count} times")
        if count and not billed.get(ad_id):
            yield Finding("view_lost", ad_id, "its view was said to count and is not billed")
    for ad_id, count in billed.items():
        if count > 1:
            yield Finding("billed_twice", ad_id, f"it is billed {count} times")
        if ad_id not in shown:
            yield Finding("billed_unseen", ad_id, "nobody was shown what is billed")
