"""Where a campaign's money is, whoever is killed in between."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from nameko.testing.services import worker_factory

from contracts.ads import BudgetMissing, CampaignNotReady, CampaignStateInvalid, UnknownCampaign
from contracts.base import new_id
from svc_ads.models import Campaign
from svc_ads.service import AdsService
from svc_ads.worker import AdsWorker
from tests.services import FakePush, calling, times_killed
from tests.svc_ads.world import World, soon

#: A process that starts a campaign, or asks for more, with the same books.
STARTS = """
from pathlib import Path
from nameko.testing.services import worker_factory
from plumbing.identity import CallerIdentity
from svc_ads.service import AdsService
from tests.services import FakePush, calling
from tests.svc_ads.world import FakeLedger
ledger = FakeLedger(Path(sys.argv[4]))
others = {"caller": CallerIdentity(), "payments": ledger, "subscriptions": None, "media": None}
service = worker_factory(AdsService, db=db, push=FakePush(), **others)
with calling(sys.argv[2]):
    WORK
"""
START = STARTS.replace("WORK", "service.start_campaign(campaign_id=sys.argv[3])")
GROW = STARTS.replace("WORK", "service.update_campaign(campaign_id=sys.argv[3], changes={'budget': 3000})")
FINISH = """
from pathlib import Path
from nameko.testing.services import worker_factory
from svc_ads.worker import AdsWorker
from tests.services import FakePush
from tests.svc_ads.world import FakeLedger
ledger = FakeLedger(Path(sys.argv[4]))
worker_factory(AdsWorker, db=db, push=FakePush(), payments=ledger, subscriptions=None).finish_campaigns()
"""


@pytest.fixture
def worker(world: World) -> AdsWorker:
    made: AdsWorker = worker_factory(
        AdsWorker, db=world.db, push=FakePush(), payments=world.ledger, subscriptions=world.subscriptions
    )
    return made


def held(world: World, campaign_id: str) -> tuple[int, int]:
    return world.ledger.prepaid(world.shop), world.ledger.aside(campaign_id)


def end(world: World, campaign_id: str) -> None:
    with calling(world.shop):
        assert world.service.end_campaign(campaign_id=campaign_id)["status"] == "ending"


def test_a_start_sets_the_budget_aside_once(world: World) -> None:
    campaign = world.ready()
    assert [world.start(campaign)["status"] for _ in range(2)] == ["active", "active"]
    assert held(world, campaign) == (9_000, 1_000)
    assert len(world.events("campaign_published")) == 1
    assert world.row(campaign).funded


def test_too_little_money_leaves_a_draft_that_says_what_is_missing(world: World) -> None:
    campaign = world.ready(budget=10_001)
    with pytest.raises(BudgetMissing) as refusal:
        world.start(campaign)
    assert refusal.value.facts == {"needed": 10_001, "available": 10_000, "currency": "EUR"}
    assert world.get(campaign)["status"] == "draft"
    world.ledger.prepay(world.shop, 1)
    assert world.start(campaign)["status"] == "active"


@pytest.mark.parametrize(
    ("creatives", "dates", "missing"),
    [([], {}, ["creative", "review"]), ([False], {}, ["review"]), ([True], {"ends_at": soon(hours=1)}, ["dates"])],
)
def test_what_a_campaign_lacks_is_named(world: World, creatives: Any, dates: Any, missing: list[str]) -> None:
    campaign = world.draft(**dates)["id"]
    for approved in creatives:
        world.creative(campaign, approved=approved)
    if dates:
        over = datetime.now(UTC) - timedelta(seconds=1)
        world.do(lambda session: setattr(session.get_one(Campaign, campaign), "ends_at", over))
    with pytest.raises(CampaignNotReady) as refusal:
        world.start(campaign)
    assert refusal.value.facts == {"missing": missing}


def test_while_the_ledger_is_away_a_campaign_waits_and_the_worker_goes_on(world: World, worker: AdsWorker) -> None:
    campaign = world.ready()
    world.ledger.away = True
    assert world.start(campaign)["status"] == "funding"
    worker.fund_campaigns()
    assert world.get(campaign)["status"] == "funding"
    world.ledger.away = False
    worker.fund_campaigns()
    assert world.get(campaign)["status"] == "active"
    assert held(world, campaign) == (9_000, 1_000)


def test_the_worker_too_learns_that_the_money_is_gone(world: World, worker: AdsWorker) -> None:
    campaign = world.ready()
    world.ledger.away = True
    world.start(campaign)
    world.ledger.away = False
    world.ledger.prepay(world.shop, -9_500)
    worker.fund_campaigns()
    assert world.get(campaign)["status"] == "draft"


@pytest.mark.parametrize("step", [1, 2, 3, 4])
def test_a_process_that_dies_in_a_start_takes_the_budget_once(world: World, worker: AdsWorker, step: int) -> None:
    campaign = world.ready()
    killed = times_killed(START, (step,), world.shop, campaign, str(world.ledger.path))
    worker.fund_campaigns()
    if world.get(campaign)["status"] == "draft":  # it died before it asked
        assert held(world, campaign) == (10_000, 0)
        world.start(campaign)
    assert killed == (step <= 2)
    assert world.get(campaign)["status"] == "active"
    assert held(world, campaign) == (9_000, 1_000)
    assert len(world.events("campaign_published")) == 1


def test_the_budget_grows_by_setting_more_aside(world: World, service: AdsService) -> None:
    campaign = world.run()
    with calling(world.shop):
        grown = service.update_campaign(campaign_id=campaign, changes={"budget": 3_000, "title": "Winter"})
        assert (grown["budget"], grown["title"]) == (3_000, "Winter")
        with pytest.raises(BudgetMissing) as refusal:
            service.update_campaign(campaign_id=campaign, changes={"budget": 20_000})
        assert refusal.value.facts == {"needed": 17_000, "available": 7_000, "currency": "EUR"}
    assert held(world, campaign) == (7_000, 3_000)
    row = world.row(campaign)
    assert (row.budget, row.asked_budget) == (3_000, 3_000)


@pytest.mark.parametrize("step", [1, 2, 3])
def test_a_process_that_dies_in_growing_takes_the_rest_once(world: World, worker: AdsWorker, step: int) -> None:
    campaign = world.run()
    times_killed(GROW, (step,), world.shop, campaign, str(world.ledger.path))
    worker.fund_campaigns()
    aside = held(world, campaign)
    assert world.get(campaign)["budget"] == aside[1]
    assert sum(aside) == 10_000
    assert aside[1] == (1_000 if step == 1 else 3_000)


def test_states_follow_one_another(world: World, service: AdsService, worker: AdsWorker) -> None:
    campaign = world.run()
    with calling(world.shop):
        assert service.pause_campaign(campaign_id=campaign)["status"] == "paused"
        service.pause_campaign(campaign_id=campaign)
        service.update_campaign(campaign_id=campaign, changes={"bid_cpm": 900})
        assert service.start_campaign(campaign_id=campaign)["status"] == "active"
        with pytest.raises(CampaignStateInvalid):
            service.delete_campaign(campaign_id=campaign)
    end(world, campaign)
    with calling(world.shop):
        for call in (service.start_campaign, service.pause_campaign, service.delete_campaign):
            with pytest.raises(CampaignStateInvalid):
                call(campaign_id=campaign)
        with pytest.raises(CampaignStateInvalid):
            service.update_campaign(campaign_id=campaign, changes={"title": "x"})
        for call in (service.start_campaign, service.pause_campaign, service.end_campaign, service.delete_campaign):
            with pytest.raises(UnknownCampaign):
                call(campaign_id=new_id())
    worker.finish_campaigns()
    assert world.get(campaign)["status"] == "ended"
    order = [each["version"] for each in world.events("campaign_stopped")]
    assert ([each["version"] for each in world.events("campaign_published")], order) == ([1, 3], [2, 4])
    assert held(world, campaign)[0] == 10_000


def test_a_draft_neither_pauses_nor_ends(world: World, service: AdsService) -> None:
    campaign = world.ready()
    with calling(world.shop):
        for call in (service.pause_campaign, service.end_campaign):
            with pytest.raises(CampaignStateInvalid):
                call(campaign_id=campaign)


def test_the_rest_comes_back_when_all_leases_are_over_and_settled(world: World, worker: AdsWorker) -> None:
    campaign = world.run()
    lease = world.lease(campaign, 500_000_000, 250_400_000)
    world.view(campaign, 250_400_000)
    assert (world.get(campaign)["spent"], world.get(campaign)["reserved"]) == (251, 250)
    end(world, campaign)
    worker.finish_campaigns()
    assert world.get(campaign)["status"] == "ending"
    close = "UPDATE campaign_leases SET closed_at = now() WHERE lease_id = :id"
    from sqlalchemy import text

    world.do(lambda session: session.execute(text(close), {"id": lease}))
    worker.finish_campaigns()
    assert world.get(campaign)["status"] == "ending"  # a view is not settled
    world.settle(campaign, 250)
    world.ledger.away = True
    worker.finish_campaigns()
    assert world.get(campaign)["status"] == "ending"
    world.ledger.away = False
    worker.finish_campaigns()
    worker.finish_campaigns()
    assert world.get(campaign)["status"] == "ended"
    assert world.ledger.prepaid(world.shop) == 9_750


def test_a_process_that_dies_at_the_end_returns_the_rest_once(world: World) -> None:
    campaign = world.run()
    world.settle(campaign, 400)
    end(world, campaign)
    arguments = (world.shop, campaign, str(world.ledger.path))
    assert times_killed(FINISH, (1, 1, 9), *arguments) == 2
    assert world.get(campaign)["status"] == "ended"
    assert world.ledger.prepaid(world.shop) == 9_600


def test_dates_begin_and_end_a_campaign(world: World, worker: AdsWorker) -> None:
    campaign = world.run(starts_at=soon(hours=1), announce=True)
    assert world.get(campaign)["problem"] == "not_begun"
    worker.begin_campaigns()
    assert len(world.events("campaign_published")) == 1
    _let(world, campaign, starts_at=datetime.now(UTC))
    worker.begin_campaigns()
    worker.begin_campaigns()
    assert [each["announce"] for each in world.events("campaign_published")] == [False, True]
    assert world.get(campaign)["problem"] is None
    _let(world, campaign, ends_at=datetime.now(UTC))
    worker.begin_campaigns()
    assert world.get(campaign)["status"] == "ending"
    assert [each["reason"] for each in world.events("campaign_stopped")] == ["over"]


def _let(world: World, campaign_id: str, **values: Any) -> None:
    def work(session: Any) -> None:
        row = session.get_one(Campaign, campaign_id)
        for name, value in values.items():
            setattr(row, name, value)

    world.do(work)


def test_a_spent_budget_ends_a_campaign(world: World, worker: AdsWorker) -> None:
    campaign = world.run()  # 1000 minor units, at 0.5 a view
    _let(world, campaign, closed_micros=999_500_000)
    worker.end_spent_campaigns()
    assert world.get(campaign)["status"] == "active"
    world.lease(campaign, 500_000, 1)
    assert world.get(campaign)["problem"] == "spent"
    worker.end_spent_campaigns()
    assert world.get(campaign)["status"] == "ending"
    assert [each["reason"] for each in world.events("campaign_stopped")] == ["spent"]


def test_a_draft_that_was_funded_once_gives_its_money_back_and_goes(
    world: World, service: AdsService, worker: AdsWorker
) -> None:
    campaign = world.ready()
    world.ledger.away = True
    world.start(campaign)
    world.ledger.away = False
    asked = {"campaign_id": campaign, "advertiser_id": world.shop, "currency": "EUR"}
    world.ledger.set_aside_ad_budget(**asked, total=1_000)  # the answer is lost
    _let(world, campaign, status="draft")
    with calling(world.shop):
        service.delete_campaign(campaign_id=campaign)
    worker.finish_campaigns()
    with pytest.raises(UnknownCampaign):
        world.get(campaign)
    assert world.ledger.prepaid(world.shop) == 10_000
