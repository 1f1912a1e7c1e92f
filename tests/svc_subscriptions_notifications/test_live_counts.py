"""Open screens hear of views and reactions: once a second for each channel, and never what is somebody's own."""

from __future__ import annotations

import pytest

from plumbing.redis_client import new_redis
from plumbing.settings import Settings
from svc_subscriptions.actions import posts
from svc_subscriptions.live_counts import LiveCounts
from svc_subscriptions.service import SubscriptionsService
from svc_subscriptions.worker import SubscriptionsWorker
from tests.services import FakePush, calling
from tests.svc_subscriptions.channels import Club


@pytest.fixture
def counts(service: SubscriptionsService, worker: SubscriptionsWorker, configured: Settings) -> LiveCounts:
    """What is to be told, in the real Redis."""
    redis = new_redis(configured.redis_url)
    redis.flushdb()
    service.counts = worker.counts = LiveCounts(redis)
    return service.counts


def told(push: FakePush, club: Club) -> list[dict[str, object]]:
    return [each for each in push.on(f"chan:{club.id}") if each["t"] == "channel_counts"]


def test_what_many_do_within_a_second_is_told_once(
    club: Club, push: FakePush, service: SubscriptionsService, worker: SubscriptionsWorker, counts: LiveCounts
) -> None:
    first, second = club.post(), club.post()
    for person in (club.follower, club.admin):
        with calling(person):
            service.mark_channel_read(channel_id=club.id, up_to_seq=second["seq"])
            service.add_post_reaction(post_id=second["id"], emoji="👍")
    worker.tell_counts()
    worker.tell_counts()
    liked = [{"emoji": "👍", "count": 2}]
    assert told(push, club) == [
        {
            "t": "channel_counts",
            "channel": club.id,
            "posts": [
                {"id": first["id"], "views": 2, "reactions": []},
                {"id": second["id"], "views": 2, "reactions": liked},
            ],
        }
    ]
    with calling(club.admin):
        service.remove_post_reaction(post_id=second["id"], emoji="👍")
    worker.tell_counts()
    assert told(push, club)[-1]["posts"] == [
        {"id": second["id"], "views": 2, "reactions": [{"emoji": "👍", "count": 1}]}
    ]


def test_what_was_deleted_or_refused_is_not_told(
    club: Club, push: FakePush, service: SubscriptionsService, worker: SubscriptionsWorker, counts: LiveCounts
) -> None:
    post = club.post()
    with calling(club.follower):
        service.add_post_reaction(post_id=post["id"], emoji="👍")
    club.do(posts.delete_post, post["id"], club.owner)
    worker.tell_counts()
    assert told(push, club) == []


def test_a_page_that_is_full_goes_on_a_second_later(counts: LiveCounts) -> None:
    counts.note([("channel", f"post {number}") for number in range(250)])
    pages = [counts.take() for _ in range(4)]
    assert [len(page.get("channel", ())) for page in pages] == [100, 100, 50, 0]
    assert len({post for page in pages for post in page.get("channel", ())}) == 250


def test_without_redis_reading_and_reacting_go_on(
    club: Club, service: SubscriptionsService, worker: SubscriptionsWorker
) -> None:
    service.counts = worker.counts = LiveCounts(new_redis("redis://127.0.0.1:1"))
    post = club.post()
    with calling(club.follower):
        assert service.mark_channel_read(channel_id=club.id, up_to_seq=post["seq"])["read_seq"] == post["seq"]
        assert service.add_post_reaction(post_id=post["id"], emoji="👍")["views"] == 1
    worker.tell_counts()
