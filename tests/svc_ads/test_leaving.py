"""What people get a copy of, and what is left of those whose account is gone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from nameko.testing.services import worker_factory
from sqlalchemy import func, select

from contracts.auth import AccountErased
from contracts.base import Forbidden, Invalid, new_id
from svc_ads.actions import complaints, own_data, preferences
from svc_ads.models import AdReport, Advertiser, BilledView, CampaignVersion, Click, Decision
from svc_ads.service import AdsService
from svc_ads.worker import AdsWorker
from svc_auth.actions.collecting import SECTIONS
from tests.services import FakePush, calling, calling_as_service
from tests.svc_ads.world import FakeMedia, World

ANA = new_id()


@pytest.fixture
def worker(world: World) -> AdsWorker:
    made: AdsWorker = worker_factory(
        AdsWorker, db=world.db, push=FakePush(), payments=world.ledger, subscriptions=world.subscriptions
    )
    return made


def live(world: World, service: AdsService) -> str:
    """Let Ana decide, see, click, hide and report; return the campaign."""
    campaign, now = world.run(), datetime.now(UTC)
    with calling(ANA):
        service.set_ad_preferences(consent="personal", region="ES", interests=["tea"])
    decision = world.view(campaign, 100, person_id=ANA)
    channel = new_id()
    rows = [
        Decision(channel_id=channel, decision_id=decision, person_id=ANA, at=now, inputs={"language": "es"}),
        Click(campaign_id=campaign, decision_id=decision, channel_id=channel, person_id=ANA, at=now),
    ]
    world.do(lambda session: session.add_all(rows))
    [creative] = world.get(campaign)["creatives"]
    world.do(complaints.report, ANA, (campaign, creative["id"], decision), "scam", "My words.", now)
    world.do(preferences.hide, ANA, campaign, now)
    return campaign


def copy(service: AdsService, user_id: str) -> dict[str, list[Any]]:
    with calling_as_service("auth"):
        return {name: service.list_own_data(user_id=user_id, section=name)["items"] for name in own_data.SECTIONS}


def erase(worker: AdsWorker, user_id: str) -> None:
    event = AccountErased(user_id=user_id, messages="keep")
    worker.on_account_erased(event)
    worker.on_account_erased(event)
    worker.erase_accounts()


def test_auth_asks_for_every_section() -> None:
    assert [each.name for each in SECTIONS if each.service == "ads"] == list(own_data.SECTIONS)


def test_a_copy_has_what_somebody_decided_and_was_shown(world: World, service: AdsService) -> None:
    campaign = live(world, service)
    kept = copy(service, ANA)
    assert (kept["preferences"][0]["region"], kept["consents"][0]["consent"]) == ("ES", "personal")
    assert [each["campaign_id"] for each in kept["hidden_campaigns"]] == [campaign]
    assert [len(kept[name]) for name in ("decisions", "views", "clicks", "reports")] == [1, 1, 1, 1]
    assert (kept["campaigns"], kept["advertiser"]) == ([], [])
    shops = copy(service, world.shop)
    assert ([each["title"] for each in shops["creatives"]], shops["advertiser"][0]["name"]) == (["Shoes"], "Shop")
    assert all(not rows for rows in copy(service, new_id()).values())


def test_only_auth_is_given_a_copy(world: World, service: AdsService) -> None:
    for caller in (calling(ANA), calling_as_service("media")):
        with caller, pytest.raises(Forbidden):
            service.list_own_data(user_id=ANA, section="views")
    with calling_as_service("auth"):
        for wrong in ({"section": "x"}, {"user_id": "x"}, {"after": "x"}):
            with pytest.raises(Invalid):
                service.list_own_data(**{"user_id": ANA, "section": "views", **wrong})


def test_of_a_person_nothing_is_left_and_the_books_stay(world: World, service: AdsService, worker: AdsWorker) -> None:
    campaign = live(world, service)
    erase(worker, ANA)
    assert all(not rows for rows in copy(service, ANA).values())
    for table in (Decision, BilledView, Click, AdReport):
        found = world.look(lambda session, table=table: session.scalars(select(table.person_id)).all())
        assert found == [None]
    assert world.look(lambda session: session.scalars(select(AdReport.note)).all()) == [""]
    assert world.get(campaign)["views"] == 1
    with calling(ANA):
        assert not service.get_ad_preferences()["asked"]


def test_an_advertisers_campaigns_end_and_their_words_go(
    world: World, service: AdsService, worker: AdsWorker, media: FakeMedia
) -> None:
    campaign, draft = world.run(), world.draft()["id"]
    world.creative(draft, kind="picture", media_id=media.upload(world.shop))
    world.creative(campaign, kind="picture", media_id=media.upload(world.shop))
    erase(worker, world.shop)
    assert [each["reason"] for each in world.events("campaign_stopped")] == ["account_erased"]
    assert [each["media_id"] for each in world.events("ad_creative_changed")][2:] == [None, None]
    row = world.row(campaign)
    assert (row.status, row.title, row.budget) == ("ending", "", 1_000)
    advertiser = world.look(lambda session: session.get_one(Advertiser, world.shop))
    assert (advertiser.name, advertiser.suspended) == ("", True)
    terms = world.look(lambda session: session.scalars(select(CampaignVersion.terms)).all())
    assert "Shoes" not in str(terms)
    assert "Shop" not in str(terms)
    assert {each["bid_micros"] for each in terms} == {500_000}
    worker.finish_campaigns()
    assert world.row(campaign).status == "ended"
    assert world.ledger.prepaid(world.shop) == 10_000
    assert world.look(lambda session: session.scalar(select(func.count()).select_from(CampaignVersion))) == len(terms)
