"""Budgets of campaigns: set aside once, given back once, and never more than there is."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from contracts.base import Forbidden, Invalid, ServiceError, Unauthenticated, new_id
from contracts.payments import AdBudgetReleased, AmountInvalid, BalanceTooLow
from svc_payments.actions import ad_budgets, ad_revenue
from svc_payments.ledger import accounts
from svc_payments.ledger.posting import Cause, Move, post
from svc_payments.service import PaymentsService
from tests.payments_base import right
from tests.services import calling, calling_as_service, times_killed
from tests.svc_payments_plans.test_balances import settled
from tests.svc_payments_plans.world import World

SHOP, CAMPAIGN = new_id(), new_id()
SET_ASIDE = """
from svc_payments.actions import ad_budgets
with db.transaction() as session:
    ad_budgets.set_aside(session, sys.argv[2], sys.argv[3], "EUR", 600)
"""
RELEASE = """
from svc_payments.actions import ad_budgets
with db.transaction() as session:
    ad_budgets.release(session, sys.argv[2], sys.argv[3], "EUR", 250)
"""


def prepay(world: World, amount: int) -> None:
    def work(session: Any) -> None:
        moves = [Move(accounts.PROVIDER, -amount), Move(accounts.ads(SHOP), amount)]
        post(session, kind="charge", key=new_id(), cause=Cause("provider", "e"), currency="EUR", moves=moves)

    world.do(work)


def set_aside(world: World, total: int, campaign_id: str = CAMPAIGN) -> int:
    made: int = world.do(ad_budgets.set_aside, campaign_id, SHOP, "EUR", total)
    return made


def release(world: World, spent: int) -> int:
    made: int = world.do(ad_budgets.release, CAMPAIGN, SHOP, "EUR", spent)
    return made


def held(world: World) -> tuple[int, int]:
    return world.held(accounts.ads(SHOP)), world.held(accounts.campaign(CAMPAIGN))


def test_the_same_total_is_set_aside_once_and_more_of_it_later(world: World) -> None:
    prepay(world, 1_000)
    assert [set_aside(world, total) for total in (600, 600, 500, 900, 600)] == [600, 600, 600, 900, 900]
    assert held(world) == (100, 900)
    right(world.db)


def test_more_than_is_prepaid_is_refused_and_nothing_is_taken(world: World) -> None:
    prepay(world, 1_000)
    set_aside(world, 600)
    with pytest.raises(BalanceTooLow) as refusal:
        set_aside(world, 1_001)
    assert refusal.value.facts == {"available": 400}
    assert held(world) == (400, 600)


def test_what_was_not_spent_is_prepaid_again_once_and_the_campaign_is_over(world: World) -> None:
    prepay(world, 1_000)
    set_aside(world, 600)
    assert [release(world, 250), release(world, 250)] == [350, 350]
    assert held(world) == (750, 250)
    with pytest.raises(AdBudgetReleased):
        set_aside(world, 700)
    assert world.do(ad_revenue.share, settled(CAMPAIGN, new_id(), 250))  # it came after the end, and finds its money
    assert held(world) == (750, 0)
    right(world.db)


def test_nothing_comes_back_of_what_was_never_set_aside_or_is_spent(world: World) -> None:
    assert release(world, 0) == 0
    prepay(world, 600)
    set_aside(world, 600)
    with pytest.raises(AmountInvalid):
        release(world, 601)
    assert release(world, 600) == 0
    assert held(world) == (0, 600)


def test_two_campaigns_at_once_do_not_take_more_than_there_is(world: World) -> None:
    prepay(world, 1_000)
    others = [new_id() for _ in range(8)]

    def take(campaign_id: str) -> int:
        try:
            return set_aside(world, 300, campaign_id)
        except BalanceTooLow:
            return 0

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(take, others)) == 900
    assert world.held(accounts.ads(SHOP)) == 100
    right(world.db)


def test_a_process_that_dies_takes_and_returns_the_budget_once(world: World) -> None:
    prepay(world, 1_000)
    assert times_killed(SET_ASIDE, (1, 9, 9), CAMPAIGN, SHOP) == 1
    assert held(world) == (400, 600)
    assert times_killed(RELEASE, (1, 9, 9), CAMPAIGN, SHOP) == 1
    assert held(world) == (750, 250)
    right(world.db)


def test_only_svc_ads_may_and_a_balance_shows_the_free_part(world: World, service: PaymentsService) -> None:
    prepay(world, 1_000)
    asked = {"campaign_id": CAMPAIGN, "advertiser_id": SHOP, "currency": "EUR"}
    with pytest.raises(Unauthenticated):
        service.set_aside_ad_budget(**asked, total=500)
    with calling(SHOP, "admin"), pytest.raises(Forbidden):
        service.set_aside_ad_budget(**asked, total=500)
    with calling_as_service("media"), pytest.raises(Forbidden):
        service.release_ad_budget(**asked, spent=0)
    with calling_as_service("ads"):
        assert service.set_aside_ad_budget(**asked, total=700) == {"set_aside": 700}
    with calling(SHOP):
        assert [each["ads"] for each in service.get_balances()] == [300]
    with calling_as_service("ads"):
        assert service.release_ad_budget(**asked, spent=1) == {"released": 699}


@pytest.mark.parametrize(
    ("method", "wrong", "code"),
    [
        ("set_aside_ad_budget", {"total": 0}, "invalid_number"),
        ("set_aside_ad_budget", {"total": True}, "invalid_number"),
        ("set_aside_ad_budget", {"total": 10**8}, "invalid_number"),
        ("set_aside_ad_budget", {"total": 500, "currency": "XYZ"}, "currency_unknown"),
        ("set_aside_ad_budget", {"total": 500, "campaign_id": "x"}, "invalid_id"),
        ("release_ad_budget", {"spent": -1}, "invalid_number"),
        ("release_ad_budget", {"spent": 0, "advertiser_id": None}, "invalid_id"),
    ],
)
def test_bad_input_is_refused(world: World, service: PaymentsService, method: str, wrong: Any, code: str) -> None:
    asked = {"campaign_id": CAMPAIGN, "advertiser_id": SHOP, "currency": "EUR", **wrong}
    with calling_as_service("ads"), pytest.raises(Invalid) as refusal:
        getattr(service, method)(**asked)
    assert refusal.value.code == code


def test_the_codes_are_stable() -> None:
    codes: list[type[ServiceError]] = [AdBudgetReleased, BalanceTooLow]
    assert [each.code for each in codes] == ["ad_budget_released", "balance_too_low"]
