"""Public channels, what their owners say, and campaigns that ask them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from nameko.testing.services import worker_factory
from sqlalchemy import select

from contracts.ads import AdsImpossible, UnknownApproval
from contracts.base import Invalid, NotFound, new_id
from contracts.subscriptions import AdPostPublished, ChannelRoleTooLow, PublicChannelChanged
from svc_ads.actions import advertisers, approvals, channels
from svc_ads.models import Approval, Channel
from svc_ads.service import AdsService
from svc_ads.worker import AdsWorker
from svc_ads.workers.asking import begin_again
from tests.services import FakePush, calling
from tests.svc_ads.world import World

OWNER = new_id()


@pytest.fixture
def worker(world: World) -> AdsWorker:
    made: AdsWorker = worker_factory(
        AdsWorker, db=world.db, push=FakePush(), payments=world.ledger, subscriptions=world.subscriptions
    )
    return made


def told(channel_id: str, version: int, *, listed: bool = True, topics: list[str] | None = None) -> Any:
    return PublicChannelChanged(
        channel_id=channel_id, version=version, listed=listed, owner_id=OWNER, topics=topics or [], language="en"
    )


def row_of(world: World, channel_id: str) -> Channel:
    row: Channel = world.look(lambda session: session.get_one(Channel, channel_id))
    return row


def set_up(world: World, channel_id: str, **changes: Any) -> Any:
    with calling(OWNER):
        return world.service.set_channel_ads(channel_id=channel_id, **changes)


def channel(world: World, **changes: Any) -> str:
    """Return a channel with ads."""
    channel_id = world.subscriptions.begin(OWNER, topics=changes.pop("topics", []))
    set_up(world, channel_id, **{"enabled": True, **changes})
    return channel_id


def pending(world: World, channel_id: str) -> list[str]:
    with calling(OWNER):
        return [each["campaign_id"] for each in world.service.list_approvals(channel_id=channel_id)["items"]]


def test_the_newest_word_on_a_channel_counts(world: World, worker: AdsWorker) -> None:
    channel_id = new_id()
    for event in (told(channel_id, 2, topics=["tea"]), told(channel_id, 1), told(channel_id, 2, topics=["x"])):
        worker.on_public_channel_changed(event)
    assert (row_of(world, channel_id).version, row_of(world, channel_id).topics) == (2, ["tea"])
    worker.on_public_channel_changed(told(channel_id, 3, listed=False))
    assert not row_of(world, channel_id).listed


def test_ads_are_off_until_the_owner_wants_them(world: World, service: AdsService) -> None:
    channel_id = world.subscriptions.begin(OWNER)
    with calling(OWNER):
        before = service.get_channel_ads(channel_id=channel_id)
    assert before == {
        "channel_id": channel_id, "enabled": False, "approve_first": False, "blocked_categories": [],
        "blocked_advertisers": [], "blocked": [], "possible": True,
    }  # fmt: skip
    after = set_up(world, channel_id, enabled=True, blocked_categories=["games", "games"])
    assert (after["enabled"], after["blocked_categories"]) == (True, ["games"])
    assert set_up(world, channel_id)["enabled"]
    assert row_of(world, channel_id).settings_version == 1


def test_only_the_owner_of_a_public_channel_says_something(world: World, service: AdsService) -> None:
    public, private = world.subscriptions.begin(OWNER), world.subscriptions.begin(OWNER, "private")
    for call in (service.get_channel_ads, service.set_channel_ads, service.list_approvals):
        with calling(new_id()), pytest.raises(ChannelRoleTooLow):
            call(channel_id=public)
        with calling(new_id()), pytest.raises(NotFound):
            call(channel_id=private)
    with calling(OWNER):
        assert not service.get_channel_ads(channel_id=private)["possible"]
        with pytest.raises(AdsImpossible):
            service.set_channel_ads(channel_id=private, enabled=True)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"enabled": 1}, "invalid_flag"),
        ({"approve_first": "yes"}, "invalid_flag"),
        ({"blocked_categories": ["weapons"]}, "invalid_choice"),
        ({"blocked_categories": "games"}, "invalid_list"),
        ({"blocked_advertisers": ["x"]}, "invalid_id"),
        ({"blocked_advertisers": [new_id()] * 501}, "invalid_list"),
        ({"channel_id": "x"}, "invalid_id"),
    ],
)
def test_bad_settings_are_refused(world: World, service: AdsService, wrong: Any, code: str) -> None:
    channel_id = world.subscriptions.begin(OWNER)
    with calling(OWNER), pytest.raises(Invalid) as refusal:
        service.set_channel_ads(**{"channel_id": channel_id, **wrong})
    assert refusal.value.code == code


def test_a_campaign_asks_the_channels_that_it_fits(world: World) -> None:
    tea, games = channel(world, topics=["tea"], approve_first=True), channel(world, topics=["x"], approve_first=True)
    blocking = channel(world, topics=["tea"], approve_first=True, blocked_categories=["shopping"])
    shunning = channel(world, topics=["tea"], approve_first=True, blocked_advertisers=[world.shop])
    open_to_all, off = channel(world, topics=["tea"]), channel(world, topics=["tea"], approve_first=True, enabled=False)
    campaign = world.run(targeting={"channel_topics": ["tea"]})
    asked = [pending(world, each) for each in (tea, games, blocking, shunning, open_to_all, off)]
    assert asked == [[campaign], [], [], [], [], []]
    [event] = world.events("ad_approval_asked")
    assert (event["owner_id"], event["channel_id"], event["advertiser"]) == (OWNER, tea, "Shop")


def test_who_is_blocked_has_a_name(world: World) -> None:
    stranger = new_id()
    after = set_up(world, world.subscriptions.begin(OWNER), blocked_advertisers=[stranger, world.shop])
    assert after["blocked_advertisers"] == [stranger, world.shop]
    assert after["blocked"] == [{"id": world.shop, "name": "Shop"}]


def test_more_owners_are_asked_day_by_day(world: World, worker: AdsWorker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(approvals, "MAX_ASKED", 2)
    there = [channel(world, topics=["tea"], approve_first=True) for _ in range(5)]
    campaign = world.run(targeting={"channel_topics": ["tea"]})
    asked = []
    for _ in range(3):
        asked.append(sum(pending(world, each) == [campaign] for each in there))
        begin_again(world.db, "owners_asked")
        worker.ask_owners()
        worker.ask_owners()  # once a day
    assert asked == [2, 4, 5]
    assert len(world.events("ad_approval_asked")) == 5


def test_nobody_is_asked_for_who_is_suspended(world: World, worker: AdsWorker) -> None:
    world.run()
    world.do(lambda session: advertisers.suspend(session, world.shop, suspended=True, now=datetime.now(UTC)))
    late = channel(world, approve_first=True)
    worker.ask_owners()
    assert pending(world, late) == []


def test_a_channel_that_begins_to_approve_is_asked_by_what_runs(world: World) -> None:
    campaign, _ = world.run(), world.ready()
    channel_id = channel(world)
    assert pending(world, channel_id) == []
    set_up(world, channel_id, approve_first=True)
    assert pending(world, channel_id) == [campaign]
    set_up(world, channel_id, approve_first=False)
    set_up(world, channel_id, approve_first=True)
    assert len(world.events("ad_approval_asked")) == 1


def test_nobody_is_asked_by_their_own_campaign(world: World, service: AdsService) -> None:
    mine = world.subscriptions.begin(world.shop)
    with calling(world.shop):
        service.set_channel_ads(channel_id=mine, enabled=True, approve_first=True)
    world.run()
    assert world.events("ad_approval_asked") == []


def test_so_many_are_asked_and_no_more(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(approvals, "MAX_ASKED", 2)
    for _ in range(3):
        channel(world, approve_first=True)
    world.run()
    assert len(world.events("ad_approval_asked")) == 2


def test_an_owner_decides_and_may_think_again(world: World, service: AdsService) -> None:
    channel_id = channel(world, approve_first=True)
    campaign = world.run()
    place = {"channel_id": channel_id, "campaign_id": campaign}
    with calling(OWNER):
        [asked] = service.list_approvals(channel_id=channel_id)["items"]
        assert (asked["advertiser"], asked["category"], len(asked["creatives"])) == ("Shop", "shopping", 1)
        said = service.decide_approval(**place, status="approved")
        assert (said["status"], said["decided_at"] is not None) == ("approved", True)
        assert pending(world, channel_id) == []
        assert len(service.list_approvals(channel_id=channel_id, status="approved")["items"]) == 1
        assert service.decide_approval(**place, status="refused")["status"] == "refused"
        for wrong, error in (
            ({"campaign_id": new_id()}, UnknownApproval),
            ({"status": "pending"}, Invalid),
            ({"status": None}, Invalid),
        ):
            with pytest.raises(error):
                service.decide_approval(**{**place, "status": "approved", **wrong})
    with calling(new_id()), pytest.raises(ChannelRoleTooLow):
        service.decide_approval(**place, status="approved")


def test_what_shows_something_else_is_asked_about_again(world: World, service: AdsService) -> None:
    channel_id = channel(world, approve_first=True)
    campaign = world.run()
    with calling(OWNER):
        service.decide_approval(channel_id=channel_id, campaign_id=campaign, status="approved")
    world.creative(campaign, title="Boots")
    assert pending(world, channel_id) == [campaign]
    assert len(world.events("ad_approval_asked")) == 2


def test_channels_made_before_are_told_of_at_first_and_lost_ones_are_mended(world: World, worker: AdsWorker) -> None:
    there = [world.subscriptions.begin(OWNER, topics=["tea"]) for _ in range(3)]
    private, gone = world.subscriptions.begin(OWNER, "private"), new_id()
    worker.on_public_channel_changed(told(gone, 1))
    world.subscriptions.away = True
    worker.rebuild_channels()
    world.subscriptions.away = False
    worker.rebuild_channels()
    listed = select(Channel.channel_id).where(Channel.listed)
    assert sorted(world.look(lambda session: session.scalars(listed).all())) == sorted(there)
    assert world.look(lambda session: session.get(Channel, private)) is None
    late = world.subscriptions.begin(OWNER)
    worker.rebuild_channels()
    assert world.look(lambda session: session.get(Channel, late)) is None
    begin_again(world.db, "channels_listed", "channels_known")
    worker.rebuild_channels()
    assert row_of(world, late).listed


def test_a_walk_goes_on_page_by_page(world: World, worker: AdsWorker, monkeypatch: pytest.MonkeyPatch) -> None:
    from svc_ads.workers import asking

    monkeypatch.setattr(asking, "PAGE", 2)
    there = sorted(world.subscriptions.begin(OWNER) for _ in range(5))
    worker.rebuild_channels()
    assert sorted(world.look(lambda session: session.scalars(select(Channel.channel_id)).all())) == there
    known = world.look(channels.listed_after, None, 10)
    assert world.do(channels.forget_unlisted, known, set(there[:4])) == 1


def test_reach_is_counted_among_channels_with_ads(world: World, service: AdsService) -> None:
    channel(world, topics=["tea"])
    channel(world, topics=["x"])
    channel(world, topics=["tea"], enabled=False)
    with calling(world.shop):
        assert service.estimate_reach(targeting={}) == {"channels": 2}
        assert service.estimate_reach(targeting={"channel_topics": ["tea"]}) == {"channels": 1}
        with pytest.raises(Invalid):
            service.estimate_reach(targeting={"languages": ["xx"]})


def test_a_brand_has_a_public_channel_of_its_own(world: World, service: AdsService) -> None:
    mine, private = world.subscriptions.begin(world.shop), world.subscriptions.begin(world.shop, "private")
    with calling(world.shop):
        assert service.set_advertiser(name="Shop", channel_id=mine)["channel_id"] == mine
        for other, error in (
            (private, AdsImpossible),
            (world.subscriptions.begin(OWNER), ChannelRoleTooLow),
            (new_id(), NotFound),
            ("x", Invalid),
        ):
            with pytest.raises(error):
                service.set_advertiser(name="Shop", channel_id=other)
        for wrong in ({"name": ""}, {"name": "x" * 61}, {"name": "S", "website": "http://shop.example"}):
            with pytest.raises(Invalid):
                service.set_advertiser(**wrong)


def test_a_brand_that_appears_otherwise_is_told_with_its_campaigns(world: World, service: AdsService) -> None:
    world.run()
    with calling(world.shop):
        service.set_advertiser(name="Shop")
        service.set_advertiser(name="Store", website="https://store.example")
    assert [each["version"] for each in world.events("campaign_published")] == [1, 2]


def test_the_post_that_announced_a_campaign_is_remembered(world: World, worker: AdsWorker) -> None:
    campaign, post = world.run(), new_id()
    for post_id in (post, new_id()):
        worker.on_ad_post_published(AdPostPublished(channel_id=new_id(), seq=1, post_id=post_id, campaign_id=campaign))
    assert world.row(campaign).announced_post_id == post


def test_an_approval_is_kept_once(world: World) -> None:
    channel_id = channel(world, approve_first=True)
    campaign = world.run()
    world.do(lambda session: approvals.ask(session, world.row(campaign), datetime.now(UTC)))
    assert [each.channel_id for each in world.look(lambda session: session.scalars(select(Approval)).all())] == [
        channel_id
    ]
