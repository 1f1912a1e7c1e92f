"""Comments: begun whether svc_messaging is there or not, and left by whoever leaves the channel."""

from __future__ import annotations

import pytest
from nameko.testing.services import worker_factory

from contracts.base import Unavailable
from contracts.subscriptions import ChannelUnsubscribed, CommentsOff
from plumbing.database import Transactions
from svc_subscriptions.actions import clearing, posts, scheduling
from svc_subscriptions.service import SubscriptionsService
from svc_subscriptions.worker import SubscriptionsWorker
from tests.services import FakePush, calling
from tests.svc_subscriptions.channels import Club, FakeMessaging, in_an_hour
from tests.svc_subscriptions.test_posts import let_come


@pytest.fixture
def worker(db: Transactions, push: FakePush, messaging: FakeMessaging) -> SubscriptionsWorker:
    made: SubscriptionsWorker = worker_factory(SubscriptionsWorker, db=db, push=push, messaging=messaging)
    return made


def test_the_worker_begins_a_conversation_once(
    club: Club, worker: SubscriptionsWorker, messaging: FakeMessaging
) -> None:
    post = club.post(comments=True)
    assert (post["comments"], post["comments_conversation_id"]) == (True, None)
    worker.begin_comments()
    worker.begin_comments()
    assert messaging.members == {post["id"]: {club.author}}
    assert club.types() == ["post.published", "post.edited"]
    assert club.look(posts.get_post, post["id"], club.stranger)["comments_conversation_id"] == post["id"]


def test_a_post_waits_for_messaging_and_not_its_author(
    club: Club, worker: SubscriptionsWorker, messaging: FakeMessaging
) -> None:
    messaging.away = True
    post = club.post(comments=True)
    worker.begin_comments()
    assert club.look(posts.get_post, post["id"], club.owner)["comments_conversation_id"] is None
    messaging.away = False
    worker.begin_comments()
    assert club.look(posts.get_post, post["id"], club.owner)["comments_conversation_id"] == post["id"]


def test_a_follower_joins_and_begins_what_is_not_there(
    club: Club, service: SubscriptionsService, messaging: FakeMessaging
) -> None:
    post = club.post(comments=True)
    with calling(club.follower):
        for _ in range(2):
            assert service.join_comments(post_id=post["id"]) == {"conversation_id": post["id"]}
    assert messaging.members == {post["id"]: {club.author, club.follower}}
    messaging.away = True
    with calling(club.admin), pytest.raises(Unavailable):
        service.join_comments(post_id=post["id"])


def test_a_post_without_comments_has_none(club: Club, service: SubscriptionsService) -> None:
    post = club.post()
    with calling(club.follower), pytest.raises(CommentsOff):
        service.join_comments(post_id=post["id"])


def test_who_leaves_the_channel_leaves_its_comments(
    club: Club, service: SubscriptionsService, worker: SubscriptionsWorker, messaging: FakeMessaging
) -> None:
    post = club.post(comments=True)
    event = ChannelUnsubscribed(channel_id=club.id, user_id=club.follower)
    with calling(club.follower):
        service.join_comments(post_id=post["id"])
        worker.on_channel_unsubscribed(event)
        assert club.follower in messaging.members[post["id"]]
        service.unsubscribe(channel_id=club.id)
    worker.on_channel_unsubscribed(event)
    worker.on_channel_unsubscribed(event)
    assert messaging.members[post["id"]] == {club.author}


def test_the_worker_publishes_what_is_due(club: Club, worker: SubscriptionsWorker) -> None:
    for _ in range(3):
        waiting = club.publish(publish_at=in_an_hour()).scheduled
        assert waiting is not None
        let_come(club, waiting.id)
    worker.publish_scheduled()
    worker.publish_scheduled()
    assert club.seqs() == [1, 2, 3]
    assert club.look(scheduling.due_posts, 9) == []


def test_the_worker_clears_what_ended(
    club: Club, service: SubscriptionsService, worker: SubscriptionsWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    club.post()
    with calling(club.owner):
        service.delete_channel(channel_id=club.id)
    for _ in range(20):
        worker.clear_channels()
    assert club.seqs() == []
    worker.refresh_popularity()
    worker.forget_handled()

    def fails(*_: object) -> int:
        raise ValueError

    monkeypatch.setattr(clearing, "clear_channel", fails)
    worker.clear_channels()
