"""Domain events become lines, once, for those alone whom they concern."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pytest

from contracts.base import Event, new_id
from contracts.media import MediaFailed, MediaProcessed
from contracts.messaging import MemberRemoved, MessageCreated
from contracts.payments import PaymentSucceeded, SubscriptionChanged
from contracts.subscriptions import PostPublished
from plumbing.deploy import queues_of
from plumbing.redis_client import new_redis
from svc_subscriptions.actions import collapse, preferences
from svc_subscriptions.recent_reads import RecentReads
from svc_subscriptions.worker import SubscriptionsWorker

ADA, BOB, EVE, ROOM = new_id(), new_id(), new_id(), new_id()


def message(author=EVE, **facts):
    facts = {"mentions": [], "reply_to": None, "media_ids": [], "seq": 7, "ver": 7, **facts}
    return MessageCreated(conversation_id=ROOM, message_id=new_id(), author_id=author, **facts)


def test_a_mention_is_one_line_however_often_it_is_told(hand, worker):
    event = message(mentions=[ADA])
    worker.on_message_addressed(event)
    worker.on_message_addressed(event)
    (line,) = hand.lines(ADA)
    assert (line["kind"], line["conversation_id"], line["actor_id"]) == ("mention", ROOM, EVE)
    assert line["why"] == {"rule": "mentioned", "conversation_id": ROOM, "actor_id": EVE}
    assert line["preview"] == ""
    assert hand.told(ADA) == [1]


def test_most_messages_are_told_to_nobody(hand, worker):
    worker.on_message_addressed(message())
    worker.on_message_addressed(message(mentions=[EVE], reply_to_author=EVE))
    assert hand.rows("SELECT 1 FROM notifications") == []


def test_who_is_named_and_answered_is_told_once(hand, worker):
    worker.on_message_addressed(message(mentions=[ADA, BOB], reply_to=new_id(), reply_to_author=ADA))
    assert [line["kind"] for line in hand.lines(ADA)] == ["mention"]
    worker.on_message_addressed(message(reply_to=new_id(), reply_to_author=BOB))
    assert sorted(line["kind"] for line in hand.lines(BOB)) == ["mention", "reply"]


@pytest.mark.parametrize(
    ("changes", "facts"),
    [({"mentions": False}, {"mentions": [ADA]}), ({"replies": False}, {"reply_to": ROOM, "reply_to_author": ADA})],
)
def test_preferences_decide(hand, worker, changes, facts):
    with hand.db.transaction() as session:
        preferences.change(session, ADA, changes)
    worker.on_message_addressed(message(**facts))
    assert hand.lines(ADA) == []


def test_a_comment_is_told_to_the_author_of_the_post(club, hand, worker):
    post = club.post(comments=True)
    facts = {"mentions": [], "reply_to": None, "media_ids": [], "seq": 1, "ver": 1}
    event = MessageCreated(conversation_id=post["id"], message_id=new_id(), author_id=club.follower, **facts)
    worker.on_message_addressed(event)
    (line,) = hand.lines(club.author)
    assert (line["kind"], line["post_id"], line["channel_id"]) == ("comment", post["id"], club.id)


def test_reading_the_conversation_clears_what_it_told(hand, worker, service):
    from tests.services import calling

    hand.device(ADA)
    for seq in (3, 5, 9):
        worker.on_message_addressed(message(mentions=[ADA], seq=seq))
    assert [line["count"] for line in hand.lines(ADA)] == [3]
    with calling(ADA):
        assert service.mark_conversation_read(conversation_id=ROOM, up_to_seq=5) == {"unread": 1}
        assert service.mark_conversation_read(conversation_id=ROOM, up_to_seq=9) == {"unread": 0}
    assert {state for state, _ in hand.pushes()} == {"dropped"}
    assert hand.told(ADA)[-2:] == [1, 0]


def test_a_message_that_was_read_before_it_is_told_is_told_as_read(hand, worker, service, configured):
    from tests.services import calling

    service.reads = worker.reads = RecentReads(new_redis(configured.redis_url))
    with calling(ADA):
        service.mark_conversation_read(conversation_id=ROOM, up_to_seq=7)
        service.mark_conversation_read(conversation_id=ROOM, up_to_seq=5)
    worker.on_message_addressed(message(mentions=[ADA, BOB], seq=7))
    assert [line["read"] for line in hand.lines(ADA) + hand.lines(BOB)] == [True, False]
    worker.on_message_addressed(message(mentions=[ADA], seq=8))
    assert [line["read"] for line in hand.lines(ADA)] == [False, True]
    assert hand.told(ADA) == [0, 1]


def test_without_redis_lines_stay_unread_and_reading_goes_on(hand, worker, service):
    from tests.services import calling

    service.reads = worker.reads = RecentReads(new_redis("redis://127.0.0.1:1"))
    with calling(ADA):
        service.mark_conversation_read(conversation_id=ROOM, up_to_seq=7)
    worker.on_message_addressed(message(mentions=[ADA], seq=7))
    assert [line["read"] for line in hand.lines(ADA)] == [False]


def test_who_has_read_a_post_is_not_told_of_it(club, hand, worker, service):
    from tests.services import calling

    hand.device(club.follower)
    post = club.post(
        text="@follower", entities=[{"type": "mention", "offset": 0, "length": 9, "user_id": club.follower}]
    )
    plain = club.post()
    with calling(club.follower):
        service.mark_channel_read(channel_id=club.id, up_to_seq=plain["seq"])
    facts = {"author_id": club.author, "media_ids": [], "silent": False}
    worker.on_post_published(
        PostPublished(
            channel_id=club.id, seq=post["seq"], post_id=post["id"], mentions=[club.follower, club.admin], **facts
        )
    )
    hand.walk()
    assert hand.lines(club.follower) == []
    assert [line["kind"] for line in hand.lines(club.admin)] == ["mention"]


def test_who_is_removed_keeps_nothing_of_the_conversation(hand, worker):
    worker.on_message_addressed(message(mentions=[ADA, BOB]))
    worker.on_member_removed(MemberRemoved(conversation_id=ROOM, ver=8, user_id=ADA))
    assert hand.lines(ADA) == []
    assert len(hand.lines(BOB)) == 1


def test_a_published_post_tells_those_whom_it_names(club, hand, worker):
    post = club.post(
        text="@follower", entities=[{"type": "mention", "offset": 0, "length": 9, "user_id": club.follower}]
    )
    event = PostPublished(
        channel_id=club.id,
        seq=post["seq"],
        post_id=post["id"],
        author_id=club.author,
        mentions=[club.follower, club.stranger],
        media_ids=[],
        silent=False,
    )
    worker.on_post_published(event)
    worker.on_post_published(event)
    assert [line["kind"] for line in hand.lines(club.follower)] == ["mention"]
    assert hand.lines(club.stranger) == []


def test_who_uploaded_hears_what_became_of_it(hand, worker):
    video, broken = new_id(), new_id()
    ready = MediaProcessed(media_id=video, owner_id=ADA, kind="video", ver=3)
    failed = MediaFailed(media_id=broken, owner_id=ADA, kind="picture", ver=2, code="media_invalid")
    for _ in range(2):
        worker.on_video_processed(ready)
        worker.on_media_failed(failed)
    whys = [line["why"] for line in hand.lines(ADA) if line["kind"] == "media"]
    assert sorted(whys, key=lambda why: why["rule"]) == [
        {"rule": "media_failed", "media_id": broken, "code": "media_invalid"},
        {"rule": "media_processed", "media_id": video},
    ]
    assert hand.lines(BOB) == []


def test_only_videos_are_told_of_when_they_are_ready():
    facts = {"media_id": new_id(), "owner_id": ADA, "ver": 3}
    assert MediaProcessed(kind="video", **facts).topic() == "media_processed.video"
    assert MediaProcessed(kind="picture", **facts).topic() == "media_processed"


@dataclass(frozen=True, kw_only=True)
class KettleBoiled(Event):
    """An event that there is not."""

    name: ClassVar[str] = "kettle_boiled"
    source: ClassVar[str] = "kitchen"
    owner_id: str


def test_one_more_event_is_three_lines(hand, worker):
    event = KettleBoiled(owner_id=ADA)
    for _ in range(2):
        worker.tell(event, [event.owner_id], "system", kettle_id=ROOM)
    (line,) = hand.lines(ADA)
    assert (line["kind"], line["why"]) == ("system", {"rule": "kettle_boiled", "kettle_id": ROOM})
    with hand.db.transaction() as session:
        assert collapse.mark_read(session, ADA, None, line["id"]) == 1


def test_every_observer_has_a_queue_of_its_own():
    names = {queue.name for queue in queues_of(SubscriptionsWorker)}
    assert {
        "evt-subscriptions--message_created--on_message_addressed",
        "evt-subscriptions--post_published--on_post_published",
        "evt-subscriptions--post_published--wake_for_post",
        "evt-subscriptions--member_removed--on_member_removed",
        "evt-subscriptions--channel_unsubscribed--on_follower_left",
    } <= names


def test_people_are_told_of_their_paid_subscriptions_once(club, hand, worker):
    facts = {"subscription_id": new_id(), "user_id": club.follower, "channel_id": club.id, "paid_until": None}
    worker.on_subscription_changed(SubscriptionChanged(version=1, status="incomplete", **facts))
    changed = SubscriptionChanged(version=2, status="active", **facts)
    worker.on_subscription_changed(changed)
    worker.on_subscription_changed(changed)
    (line,) = hand.lines(club.follower)
    assert (line["kind"], line["why"]) == (
        "payment",
        {
            "rule": "subscription_changed",
            "subscription_id": facts["subscription_id"],
            "status": "active",
            "channel_id": club.id,
        },
    )


def test_a_creator_is_told_of_tips_and_of_no_other_payment(club, hand, worker):
    facts = {"version": 1, "payer_id": club.follower, "payee_id": club.owner, "amount": 500, "currency": "EUR"}
    for kind in ("transfer", "post", "plan"):
        worker.on_payment_succeeded(PaymentSucceeded(payment_id=new_id(), kind=kind, **facts))
    assert hand.lines(club.owner) == []
    worker.on_payment_succeeded(PaymentSucceeded(payment_id=new_id(), kind="tip", channel_id=club.id, **facts))
    (line,) = hand.lines(club.owner)
    assert line["kind"] == "payment"
    assert line["why"]["rule"] == "payment_succeeded"
    assert (line["why"]["payer_id"], line["why"]["amount"], line["why"]["channel_id"]) == (club.follower, 500, club.id)
