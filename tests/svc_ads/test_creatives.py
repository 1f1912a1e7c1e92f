"""What campaigns show, and what moderators say of it."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.ads import CampaignStateInvalid, TooManyCreatives, UnknownCampaign, UnknownCreative
from contracts.base import Forbidden, Invalid, new_id
from contracts.media import UnknownMedia
from svc_ads.actions import creatives
from svc_ads.models import CampaignVersion
from svc_ads.service import AdsService
from tests.services import calling, calling_as_service
from tests.svc_ads.world import FakeMedia, World, keyed

TEXT: dict[str, Any] = {"kind": "text", "title": "Shoes", "body": "Buy", "url": "https://shop.example/?a=1"}


def moderating(world: World) -> Any:
    return calling(world.moderator, "user", "moderator")


def test_a_creative_waits_for_a_moderator_and_then_runs(world: World, service: AdsService) -> None:
    campaign = world.run()
    made = world.creative(campaign, approved=False, title="Boots")
    assert (made["review"], made["reviewed_at"]) == ("pending", None)
    assert len(world.events("campaign_published")) == 1
    with moderating(world):
        [waiting] = service.list_creatives()["items"]
        assert (waiting["id"], waiting["advertiser"]) == (made["id"], "Shop")
    assert world.review(made)["review"] == "approved"
    terms = world.look(lambda session: session.get_one(CampaignVersion, (campaign, 2)).terms)
    assert [each["title"] for each in terms["creatives"]] == ["Shoes", "Boots"]
    world.review(made)
    assert len(world.events("campaign_published")) == 2


def test_a_changed_creative_is_reviewed_again_and_not_shown_until_then(world: World, service: AdsService) -> None:
    campaign = world.run()
    [creative] = world.get(campaign)["creatives"]
    with calling(world.shop):
        same = service.update_creative(campaign_id=campaign, creative_id=creative["id"], changes={"title": "Shoes"})
        assert same["review"] == "approved"
        changed = service.update_creative(campaign_id=campaign, creative_id=creative["id"], changes={"body": "Now"})
    assert changed["review"] == "pending"
    assert world.get(campaign)["problem"] == "no_creative"
    terms = world.look(lambda session: session.get_one(CampaignVersion, (campaign, 2)).terms)
    assert terms["creatives"] == []
    rejected = world.review(changed, "rejected")
    assert rejected["review"] == "rejected"
    assert len(world.events("campaign_published")) == 2


def test_what_a_moderator_takes_back_is_shown_no_more(world: World) -> None:
    campaign = world.run()
    [creative] = world.get(campaign)["creatives"]
    world.review(creative, "rejected")
    assert [each["version"] for each in world.events("campaign_published")] == [1, 2]
    assert world.get(campaign)["problem"] == "no_creative"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"kind": "sound"}, "invalid_choice"),
        ({"title": ""}, "text_too_short"),
        ({"body": "x" * 301}, "text_too_long"),
        ({"url": "http://shop.example"}, "invalid_url"),
        ({"url": "https://user@shop.example"}, "invalid_url"),
        ({"url": "https://localhost"}, "invalid_url"),
        ({"url": "https://shop.example:99999"}, "invalid_url"),
        ({"url": "https://shop .example"}, "invalid_url"),
        ({"url": "javascript:alert(1)//https://a.b"}, "invalid_url"),
        ({"url": "https://[::1"}, "invalid_url"),
        ({"url": None}, "invalid_text"),
        ({"url": "https://a.example/" + "x" * 2_000}, "text_too_long"),
        ({"media_id": "x"}, "invalid_id"),
        ({"media_id": new_id()}, "media_invalid"),
        ({"kind": "picture"}, "media_invalid"),
    ],
)
def test_bad_creatives_are_refused(world: World, service: AdsService, wrong: Any, code: str) -> None:
    campaign = world.draft()["id"]
    with calling(world.shop), pytest.raises(Invalid) as refusal:
        service.create_creative(campaign_id=campaign, **{**TEXT, **wrong})
    assert refusal.value.code == code


def test_pictures_are_ones_own_ready_and_what_they_say(world: World, service: AdsService, media: FakeMedia) -> None:
    campaign = world.draft()["id"]
    cases = [
        (media.upload(new_id()), UnknownMedia, "unknown_media"),
        (new_id(), UnknownMedia, "unknown_media"),
        (media.upload(world.shop, "video"), Invalid, "media_kind_mismatch"),
        (media.upload(world.shop, state="processing"), Invalid, "media_not_ready"),
    ]
    with calling(world.shop):
        for media_id, error, code in cases:
            with pytest.raises(error) as refusal:
                service.create_creative(campaign_id=campaign, **{**TEXT, "kind": "picture", "media_id": media_id})
            assert refusal.value.code == code
        mine = media.upload(world.shop)
        made = service.create_creative(campaign_id=campaign, **{**TEXT, "kind": "picture", "media_id": mine})
        assert made["media_id"] == mine
        with pytest.raises(Invalid):
            service.update_creative(campaign_id=campaign, creative_id=made["id"], changes={"media_id": None})
        changes = {"kind": "text", "media_id": None}
        service.update_creative(campaign_id=campaign, creative_id=made["id"], changes=changes)
    told = world.events("ad_creative_changed")
    assert [(each["version"], each["media_id"]) for each in told] == [(0, mine), (1, None)]


def test_the_same_key_makes_one_creative(world: World, service: AdsService) -> None:
    campaign = world.draft()["id"]
    with keyed(world.shop, "k"):
        made = [service.create_creative(campaign_id=campaign, **TEXT)["id"] for _ in range(2)]
    assert made[0] == made[1]


def test_nobody_else_sees_or_changes_them(world: World, service: AdsService) -> None:
    campaign = world.ready()
    [creative] = world.get(campaign)["creatives"]
    place = {"campaign_id": campaign, "creative_id": creative["id"]}
    with calling(new_id()):
        for call in (
            lambda: service.create_creative(campaign_id=campaign, **TEXT),
            lambda: service.update_creative(**place, changes={"title": "x"}),
            lambda: service.delete_creative(**place),
        ):
            with pytest.raises(UnknownCampaign):
                call()
        for call in (service.list_creatives, lambda: service.review_creative(**place, review="approved")):
            with pytest.raises(Forbidden) as refusal:
                call()
            assert refusal.value.code == "moderators_only"
    with calling(world.shop), pytest.raises(UnknownCreative):
        service.update_creative(campaign_id=campaign, creative_id=new_id(), changes={"title": "x"})
    with moderating(world):
        for wrong, error in (
            ({"campaign_id": new_id()}, UnknownCampaign),
            ({"creative_id": new_id()}, UnknownCreative),
            ({"review": "pending"}, Invalid),
            ({"note": "x" * 1_001}, Invalid),
        ):
            with pytest.raises(error):
                service.review_creative(**{**place, "review": "approved", **wrong})


def test_creatives_go_and_have_a_most(world: World, service: AdsService, monkeypatch: pytest.MonkeyPatch) -> None:
    campaign = world.run()
    monkeypatch.setattr(creatives, "MAX_CREATIVES", 1)
    with calling(world.shop):
        with pytest.raises(TooManyCreatives):
            service.create_creative(campaign_id=campaign, **TEXT)
        [creative] = service.get_campaign(campaign_id=campaign)["creatives"]
        service.delete_creative(campaign_id=campaign, creative_id=creative["id"])
        assert service.get_campaign(campaign_id=campaign)["problem"] == "no_creative"
        service.end_campaign(campaign_id=campaign)
        with pytest.raises(CampaignStateInvalid):
            service.create_creative(campaign_id=campaign, **TEXT)


def test_the_queue_has_pages_the_longest_waiting_first(world: World, service: AdsService) -> None:
    campaign = world.draft()["id"]
    made = [world.creative(campaign, approved=False)["id"] for _ in range(3)]
    with moderating(world):
        first = service.list_creatives(limit=2)
        rest = service.list_creatives(limit=2, after=first["next"])
        assert [each["id"] for each in first["items"] + rest["items"]] == made
        for wrong in ({"review": "x"}, {"after": "x"}, {"limit": 101}):
            with pytest.raises(Invalid):
                service.list_creatives(**wrong)


def test_media_of_what_waits_are_for_reviewers_alone(world: World, service: AdsService) -> None:
    campaign = world.draft()["id"]
    waiting, approved = world.creative(campaign, approved=False)["id"], world.creative(campaign)["id"]
    with moderating(world):
        service.list_creatives()
    with calling_as_service("media"):
        asked = [waiting, approved, new_id()]
        assert service.find_shown_creatives(user_id=new_id(), creative_ids=asked) == [approved]
        shown = service.find_shown_creatives(user_id=world.moderator, creative_ids=asked)
        assert sorted(shown) == sorted([waiting, approved])
    for caller in (calling(world.shop), calling_as_service("payments")):
        with caller, pytest.raises(Forbidden):
            service.find_shown_creatives(user_id=world.shop, creative_ids=[waiting])
