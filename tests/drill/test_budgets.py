"""The checker of advertising finds every budget that was passed and every view that was not billed once."""

from __future__ import annotations

from collections import Counter

import pytest

from drill.promises.budgets import AdBooks, AdHistory, Bill, Campaign, check_budgets

RUNS = Campaign("c1", budget=1_000, billed=900, promised=1_000, aside=1)
BILLS = [Bill("c1", "a1"), Bill("c1", "a2")]


def rules(shown: dict[str, int], campaign: Campaign = RUNS, bills: list[Bill] = BILLS, *own: str) -> set[str]:
    return {finding.rule for finding in check_budgets(AdHistory(Counter(shown)), AdBooks([campaign], bills, own))}


def test_what_is_as_promised_is_not_blamed() -> None:
    assert rules({"a1": 1, "a2": 1, "a3": 0}) == set()


def test_a_view_whose_answer_was_lost_may_be_billed() -> None:
    assert rules({"a1": 1, "a2": 0}) == set()


@pytest.mark.parametrize(
    ("campaign", "rule"),
    [
        (RUNS._replace(billed=1_001), "overspent"),
        (RUNS._replace(promised=1_001), "overleased"),
        (RUNS._replace(aside=-1), "aside_negative"),
    ],
)
def test_a_budget_that_was_passed_is_found(campaign: Campaign, rule: str) -> None:
    assert rules({"a1": 1, "a2": 1}, campaign) == {rule}


def test_a_view_that_counts_and_is_not_billed_is_found() -> None:
    assert rules({"a1": 1, "a2": 1, "a3": 1}) == {"view_lost"}


def test_a_view_that_counts_or_is_billed_twice_is_found() -> None:
    assert rules({"a1": 2, "a2": 1}) == {"counted_twice"}
    assert rules({"a1": 1, "a2": 1}, RUNS, [*BILLS, Bill("c1", "a2")]) == {"billed_twice"}


def test_a_bill_for_what_nobody_was_shown_is_found() -> None:
    assert rules({"a1": 1}) == {"billed_unseen"}


def test_what_the_service_itself_finds_is_passed_on() -> None:
    assert rules({"a1": 1, "a2": 1}, RUNS, BILLS, "lease l1: spent 2 of 1") == {"budget_wrong"}
