"""What is told of public channels, never of private ones, and how campaigns are announced in a brand's own."""

from __future__ import annotations

from typing import Any

import pytest
from nameko.testing.services import worker_factory
from sqlalchemy import select

from contracts.ads import AdApprovalAsked, CampaignPublished
from contracts.base import Forbidden, Invalid, new_id
from plumbing import codec
from svc_subscriptions.actions import channels, erasing, following, posts, team
from svc_subscriptions.models import Channel, Erasure, Outbox
from svc_subscriptions.notification_models import Notification
from svc_subscriptions.post_models import FanoutJob
from svc_subscriptions.service import SubscriptionsService
from svc_subscriptions.worker import SubscriptionsWorker
from tests.services import calling, calling_as_service
from tests.svc_subscriptions.channels import Club


@pytest.fixture
def worker(club: Club) -> SubscriptionsWorker:
    made: SubscriptionsWorker = worker_factory(SubscriptionsWorker, db=club.db, push=club.push)
    return made


def told(club: Club, name: str = "public_channel_changed", channel_id: str | None = None) -> list[dict[str, Any]]:
    query = select(Outbox.body).where(Outbox.name.like(f"{name}%")).order_by(Outbox.enqueued_at)
    found = [codec.decode(bytes(body)) for body in club.look(lambda session: session.scalars(query).all())]
    return [each for each in found if each["channel_id"] == (channel_id or club.id)]


def change(club: Club, **changes: Any) -> None:
    club.do(channels.update_channel, club.id, club.owner, changes)


def test_a_public_channel_is_told_of_when_it_begins_and_changes(club: Club) -> None:
    change(club, topics=["tea"], language="es")
    change(club, title="Another", description="x")
    change(club, topics=["tea"])
    first, second = told(club)
    assert (first["version"], first["listed"], first["owner_id"]) == (1, True, club.owner)
    assert (second["version"], second["topics"], second["language"]) == (2, ["tea"], "es")
    assert set(second) == {
        "channel_id", "version", "listed", "owner_id", "topics", "language", "event_id", "occurred_at",
    }  # fmt: skip


def test_of_a_private_channel_nothing_is_told(secret: Club) -> None:
    change(secret, topics=["canary"], language="es", title="canary")
    secret.do(team.set_role, secret.id, secret.owner, secret.admin, "owner")
    secret.do(following.unsubscribe, secret.id, secret.owner)
    secret.do(channels.delete_channel, secret.id, secret.admin)
    assert told(secret) == []


def test_a_channel_that_becomes_private_is_taken_off_once(club: Club) -> None:
    change(club, visibility="private")
    change(club, topics=["canary"])
    club.do(channels.delete_channel, club.id, club.owner)
    first, second = told(club)
    assert ([first["listed"], second["listed"]], second["version"]) == ([True, False], 2)


def test_a_channel_that_becomes_private_tells_no_new_topics(club: Club) -> None:
    change(club, topics=["tea"])
    change(club, visibility="private", topics=["canary"])
    assert told(club)[-1]["topics"] == ["tea"]


def test_a_channel_that_becomes_public_is_told_of_as_it_is(secret: Club) -> None:
    change(secret, topics=["tea"])
    change(secret, visibility="public")
    [only] = told(secret)
    assert (only["version"], only["listed"], only["topics"]) == (1, True, ["tea"])


def test_owners_and_ends_are_told(club: Club) -> None:
    club.do(team.set_role, club.id, club.owner, club.admin, "owner")
    club.do(following.unsubscribe, club.id, club.owner)
    club.do(channels.delete_channel, club.id, club.admin)
    assert [(each["owner_id"], each["listed"]) for each in told(club)] == [
        (club.owner, True), (club.admin, True), (club.admin, False),
    ]  # fmt: skip


def test_an_heir_of_somebody_whose_account_is_gone_is_told(club: Club) -> None:
    from datetime import UTC, datetime

    row = Erasure(user_id=club.owner, messages="keep", begun_at=datetime.now(UTC))
    club.do(lambda session: session.add(row))
    while club.do(erasing.erasures.erase_piece, club.owner):
        pass
    assert [each["owner_id"] for each in told(club)] == [club.owner, club.admin]


def test_svc_ads_lists_public_channels_alone(club: Club, secret: Club, service: SubscriptionsService) -> None:
    change(club, topics=["tea"])
    with calling_as_service("ads"):
        [only] = service.list_public_channels()["items"]
        assert only == {
            "channel_id": club.id, "version": 2, "listed": True, "owner_id": club.owner, "topics": ["tea"],
            "language": "en",
        }  # fmt: skip
        asked = [club.id, secret.id, new_id()]
        assert [each["channel_id"] for each in service.list_public_channels(channel_ids=asked)["items"]] == [club.id]
        assert service.list_public_channels(channel_ids=[])["items"] == []
        for wrong in ({"limit": 501}, {"after": "x"}, {"channel_ids": ["x"]}, {"channel_ids": "x"}):
            with pytest.raises(Invalid):
                service.list_public_channels(**wrong)


def test_public_channels_come_page_by_page(club: Club, service: SubscriptionsService) -> None:
    facts = {"title": "x", "visibility": "public", "language": "en", "topics": []}
    made = [club.id] + [club.do(channels.create_channel, new_id(), dict(facts)) for _ in range(3)]
    with calling_as_service("ads"):
        first = service.list_public_channels(limit=3)
        rest = service.list_public_channels(limit=3, after=first["next"])
    assert [each["channel_id"] for each in first["items"] + rest["items"]] == sorted(made)
    assert rest["next"] is None


def test_topics_of_followed_public_channels_and_nothing_more(
    club: Club, secret: Club, service: SubscriptionsService
) -> None:
    change(club, topics=["tea", "art"])
    change(secret, topics=["canary"])
    facts = {"title": "x", "visibility": "public", "language": "en", "topics": ["tea", "bikes"]}
    other = club.do(channels.create_channel, club.owner, facts)
    secret_owner = secret.owner
    club.follow(secret_owner)
    with calling_as_service("ads"):
        assert service.list_followed_topics(user_id=club.owner) == ["art", "bikes", "tea"]
        assert service.list_followed_topics(user_id=secret_owner) == ["art", "tea"]
        assert service.list_followed_topics(user_id=new_id()) == []
        with pytest.raises(Invalid):
            service.list_followed_topics(user_id="x")
    club.do(channels.delete_channel, other, club.owner)
    with calling_as_service("ads"):
        assert service.list_followed_topics(user_id=club.owner) == ["art", "tea"]


def test_only_svc_ads_may_ask(club: Club, service: SubscriptionsService) -> None:
    for call in (service.list_public_channels, lambda: service.list_followed_topics(user_id=club.owner)):
        for caller in (calling(club.owner, "user", "admin"), calling_as_service("media")):
            with caller, pytest.raises(Forbidden):
                call()


def published(club: Club, version: int = 1, campaign_id: str | None = None, **other: Any) -> CampaignPublished:
    facts: dict[str, Any] = {
        "campaign_id": campaign_id or new_id(), "version": version, "advertiser_id": club.owner, "title": "Shoes",
        "body": "Buy", "url": "https://shop.example/", "channel_id": club.id, "announce": True, **other,
    }  # fmt: skip
    return CampaignPublished(**facts)


def test_a_campaign_is_one_post_marked_as_advertising(club: Club, worker: SubscriptionsWorker) -> None:
    event = published(club)
    later = published(club, 2, event.campaign_id, title="Boots")
    for each in (event, event, later):
        worker.on_campaign_published(each)
    [post] = club.look(posts.list_posts, club.id, club.follower, 10, None, None)
    assert post["ad"] == {"campaign_id": event.campaign_id, "url": "https://shop.example/"}
    assert (post["text"], post["author_id"]) == ("Shoes\n\nBuy\n\nhttps://shop.example/", club.owner)
    [link] = post["entities"]
    assert post["text"][link["offset"] : link["offset"] + link["length"]] == link["url"] == "https://shop.example/"
    [entry] = club.log()
    assert (entry["type"], entry["post"]["ad"]) == ("post.published", post["ad"])
    [announced] = told(club, "ad_post_published")
    assert (announced["post_id"], announced["seq"]) == (post["id"], post["seq"])
    assert len(told(club, "post_published")) == 1
    assert club.count(select(FanoutJob.seq).where(FanoutJob.channel_id == club.id)) == post["seq"]
    assert club.unread(club.follower) == 1


def test_what_nobody_wishes_or_owns_is_not_announced(club: Club, secret: Club, worker: SubscriptionsWorker) -> None:
    for event in (
        published(club, announce=False),
        published(club, channel_id=None),
        published(club, channel_id=new_id()),
        published(club, advertiser_id=club.admin),
        published(club, advertiser_id=new_id()),
        published(secret),
    ):
        worker.on_campaign_published(event)
    assert (club.types(), secret.types()) == ([], [])


def test_a_deleted_announcement_does_not_come_back(club: Club, worker: SubscriptionsWorker) -> None:
    event = published(club)
    worker.on_campaign_published(event)
    [post] = club.look(posts.list_posts, club.id, club.follower, 10, None, None)
    club.do(posts.delete_post, post["id"], club.owner)
    worker.on_campaign_published(published(club, 2, event.campaign_id))
    assert club.types() == ["post.published", "post.deleted"]
    [gone] = club.look(posts.list_posts, club.id, club.follower, 10, None, None)
    assert gone["ad"] is None


def test_other_posts_are_no_advertising(club: Club, service: SubscriptionsService) -> None:
    assert club.post()["ad"] is None
    with calling(club.owner), pytest.raises(TypeError):
        service.publish_post(channel_id=club.id, client_post_id="x", text="x", ad={"campaign_id": new_id()})


def test_an_owner_is_told_once_that_a_campaign_waits(club: Club, worker: SubscriptionsWorker) -> None:
    event = AdApprovalAsked(channel_id=club.id, campaign_id=new_id(), owner_id=club.owner, advertiser="Shop")
    for _ in range(2):
        worker.on_ad_approval_asked(event)
    [line] = club.look(lambda session: session.scalars(select(Notification)).all())
    assert (line.user_id, line.kind) == (club.owner, "ad_approval")
    assert line.why == {
        "rule": "ad_approval_asked", "channel_id": club.id, "campaign_id": event.campaign_id, "advertiser": "Shop",
    }  # fmt: skip


def test_the_number_of_what_was_told_is_the_channels_own(club: Club) -> None:
    change(club, topics=["tea"])
    assert club.look(lambda session: session.get_one(Channel, club.id).listing_version) == 2
