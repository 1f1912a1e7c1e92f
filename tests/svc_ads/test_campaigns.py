"""Drafts, their terms, and what may change when."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.ads import (
    AdvertiserSuspended,
    CampaignStateInvalid,
    NotAnAdvertiser,
    TooManyCampaigns,
    UnknownCampaign,
)
from contracts.base import Invalid, KeyMismatch, Unauthenticated, new_id
from svc_ads.actions import campaigns
from svc_ads.models import CampaignVersion
from svc_ads.service import AdsService
from svc_ads.terms import terms_of
from tests.services import calling
from tests.svc_ads.world import World, keyed, soon, terms


def test_a_campaign_begins_as_a_draft_of_its_advertiser(world: World, service: AdsService) -> None:
    made = world.draft(targeting={"languages": ["es"], "channel_topics": [" Shoes ", "shoes"]})
    assert (made["status"], made["version"], made["spent"], made["views"]) == ("draft", 0, 0, 0)
    assert made["targeting"] == {"languages": ["es"], "regions": [], "channel_topics": ["shoes"], "interests": []}
    assert world.get(made["id"]) == made
    with calling(new_id()), pytest.raises(UnknownCampaign):
        service.get_campaign(campaign_id=made["id"])
    assert world.events("campaign_published") == []


def test_the_same_key_makes_one_campaign(world: World, service: AdsService) -> None:
    facts = terms()
    with keyed(world.shop, "k"):
        assert service.create_campaign(**facts)["id"] == service.create_campaign(**facts)["id"]
        with pytest.raises(KeyMismatch):
            service.create_campaign(**{**facts, "title": "Winter"})
    with calling(world.shop):
        assert len(service.list_campaigns()["items"]) == 1


def test_whoever_is_no_advertiser_has_no_campaigns(world: World, service: AdsService) -> None:
    with calling(new_id()):
        for call in (service.get_advertiser, service.list_campaigns, lambda: service.create_campaign(**terms())):
            with pytest.raises(NotAnAdvertiser):
                call()
    with pytest.raises(Unauthenticated):
        service.list_campaigns()


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"title": " "}, "text_too_short"),
        ({"title": "x" * 61}, "text_too_long"),
        ({"title": "two\nlines"}, "invalid_text"),
        ({"title": 1}, "invalid_text"),
        ({"category": "weapons"}, "invalid_choice"),
        ({"currency": "USD"}, "currency_unknown"),
        ({"currency": None}, "currency_unknown"),
        ({"budget": 499}, "invalid_number"),
        ({"budget": 100_000_000}, "invalid_number"),
        ({"budget": 500.5}, "invalid_number"),
        ({"budget": True}, "invalid_number"),
        ({"bid_cpm": 9}, "invalid_number"),
        ({"bid_cpm": 100_001}, "invalid_number"),
        ({"frequency_cap": 0}, "invalid_number"),
        ({"frequency_cap": 21}, "invalid_number"),
        ({"pacing": "slow"}, "invalid_choice"),
        ({"announce": "yes"}, "invalid_flag"),
        ({"starts_at": "tomorrow"}, "invalid_time"),
        ({"ends_at": "2026-01-01T00:00:00"}, "invalid_time"),
        ({"ends_at": soon(hours=-1)}, "dates_invalid"),
        ({"starts_at": soon(days=8)}, "dates_invalid"),
        ({"ends_at": soon(days=800)}, "dates_invalid"),
        ({"targeting": []}, "invalid_targeting"),
        ({"targeting": {"ages": []}}, "unknown_field"),
        ({"targeting": {"languages": ["xx"]}}, "targeting_invalid"),
        ({"targeting": {"languages": "es"}}, "invalid_list"),
        ({"targeting": {"languages": [{}]}}, "targeting_invalid"),
        ({"targeting": {"regions": ["es"]}}, "targeting_invalid"),
        ({"targeting": {"regions": ["ES"] * 51}}, "invalid_list"),
        ({"targeting": {"channel_topics": [""]}}, "text_too_short"),
        ({"targeting": {"interests": ["x" * 41]}}, "text_too_long"),
        ({"targeting": {"interests": ["a\x00"]}}, "invalid_text"),
    ],
)
def test_bad_terms_are_refused(world: World, service: AdsService, wrong: Any, code: str) -> None:
    with calling(world.shop), pytest.raises(Invalid) as refusal:
        service.create_campaign(**{**terms(), **wrong})
    assert refusal.value.code == code
    with calling(world.shop):
        assert service.list_campaigns()["items"] == []


def test_a_draft_changes_freely_and_goes(world: World, service: AdsService) -> None:
    draft = world.draft()["id"]
    with calling(world.shop):
        changed = service.update_campaign(
            campaign_id=draft, changes={"budget": 700, "category": "music", "targeting": {"regions": ["ES"]}}
        )
        assert (changed["budget"], changed["category"], changed["targeting"]["regions"]) == (700, "music", ["ES"])
        for changes, code in (({}, "nothing_to_change"), ({"status": "active"}, "unknown_field")):
            with pytest.raises(Invalid) as refusal:
                service.update_campaign(campaign_id=draft, changes=changes)
            assert refusal.value.code == code
        with pytest.raises(Invalid) as refusal:
            service.update_campaign(campaign_id=draft, changes={"ends_at": soon(hours=-2)})
        assert refusal.value.code == "dates_invalid"
        service.delete_campaign(campaign_id=draft)
        with pytest.raises(UnknownCampaign):
            service.delete_campaign(campaign_id=draft)


def test_each_change_of_one_that_runs_is_a_version_that_is_told(world: World, service: AdsService) -> None:
    running = world.run()
    with calling(world.shop):
        changes: dict[str, Any] = {"bid_cpm": 700, "title": "Winter", "targeting": {"languages": ["es"]}}
        service.update_campaign(campaign_id=running, changes=changes)
        service.update_campaign(campaign_id=running, changes=changes)
        service.update_campaign(campaign_id=running, changes={"frequency_cap": 5, "pacing": "fast"})
    told = world.events("campaign_published")
    assert [each["version"] for each in told] == [1, 2, 3]
    kept = world.look(lambda session: terms_of(session.get_one(CampaignVersion, (running, 3)).terms))
    assert (kept.bid_micros, kept.languages, kept.frequency_cap, kept.pacing) == (700_000, ("es",), 5, "fast")
    assert (kept.advertiser, kept.budget_micros, len(kept.creatives)) == ("Shop", 1_000_000_000, 1)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"category": "music"}, CampaignStateInvalid),
        ({"starts_at": soon(days=1)}, CampaignStateInvalid),
        ({"budget": 999}, Invalid),
        ({"ends_at": soon(days=6)}, Invalid),
    ],
)
def test_some_terms_of_one_that_runs_stay(world: World, service: AdsService, changes: Any, error: Any) -> None:
    running = world.run()
    with calling(world.shop), pytest.raises(error):
        service.update_campaign(campaign_id=running, changes=changes)
    assert world.get(running)["version"] == 1


def test_dates_of_one_that_runs_move_ahead(world: World, service: AdsService) -> None:
    running = world.run(starts_at=soon(days=1))
    with calling(world.shop):
        later = service.update_campaign(
            campaign_id=running, changes={"starts_at": soon(days=2), "ends_at": soon(days=9)}
        )
    assert later["version"] == 2


def test_a_list_has_pages_and_states(world: World, service: AdsService) -> None:
    drafts = [world.draft()["id"] for _ in range(3)]
    with calling(world.shop):
        first = service.list_campaigns(limit=2)
        rest = service.list_campaigns(limit=2, after=first["next"])
        assert [each["id"] for each in first["items"] + rest["items"]] == drafts[::-1]
        assert rest["next"] is None
        assert service.list_campaigns(status="active")["items"] == []
        for wrong in ({"status": "x"}, {"limit": 0}, {"after": "x"}):
            with pytest.raises(Invalid):
                service.list_campaigns(**wrong)


def test_there_is_a_most(world: World, service: AdsService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(campaigns, "MAX_CAMPAIGNS", 1)
    world.draft()
    with calling(world.shop), pytest.raises(TooManyCampaigns):
        service.create_campaign(**terms())


def test_a_suspended_advertiser_runs_nothing_until_they_may_again(world: World, service: AdsService) -> None:
    running, draft = world.run(), world.ready()
    with calling(world.moderator, "user", "admin"):
        service.suspend_advertiser(user_id=world.shop, suspended=True)
        service.suspend_advertiser(user_id=world.shop, suspended=True)
    assert [each["reason"] for each in world.events("campaign_stopped")] == ["suspended"]
    assert world.get(running)["problem"] == "suspended"
    with calling(world.shop):
        for call in (
            lambda: service.start_campaign(campaign_id=draft),
            lambda: service.create_campaign(**terms()),
            lambda: service.update_campaign(campaign_id=running, changes={"title": "x"}),
            lambda: service.update_campaign(campaign_id=running, changes={"budget": 2_000}),
        ):
            with pytest.raises(AdvertiserSuspended):
                call()
    assert world.ledger.prepaid(world.shop) == 9_000
    with calling(world.moderator, "user", "admin"):
        service.suspend_advertiser(user_id=world.shop, suspended=False)
    assert [each["version"] for each in world.events("campaign_published")] == [1, 3]
