"""What a paid post says reaches nobody who has not paid, whichever way they try; and whoever paid reads it."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from contracts.base import ServiceError, new_id
from contracts.payments import EntitlementChanged
from contracts.subscriptions import SubscriptionsService as Interface
from plumbing.database import Transactions
from plumbing.outgoing import Limits
from svc_subscriptions import letters
from svc_subscriptions.actions import digests, fanout, team, webhooks
from svc_subscriptions.providers import Webhooks
from svc_subscriptions.service import SubscriptionsService
from svc_subscriptions.worker import SubscriptionsWorker
from svc_subscriptions.workers.delivering import WebhookQueue
from tests.services import FakePush, calling, calling_as_service
from tests.svc_subscriptions.channels import Club
from tests.svc_subscriptions_notifications.outside import Receiver
from tests.svc_subscriptions_notifications.people import Hand

CANARY, TEASER = "yellowcanary", "Look at the bird"
MEDIA = "0198cafe-0000-7000-8000-00000000beef"
PRICE = {"amount": 300, "currency": "EUR"}
#: They change or end things, or belong to one's own account alone; the walk below calls all others.
LEFT_OUT = frozenset({
    "create_channel", "update_channel", "delete_channel", "set_verified", "subscribe", "unsubscribe",
    "set_channel_role", "remove_follower", "create_invite", "revoke_invite", "accept_invite", "answer_join_request",
    "publish_post", "delete_post", "cancel_scheduled_post", "attach_observer", "update_observer", "detach_observer",
    "replay_observer", "mark_notifications_read", "mark_conversation_read", "update_preferences",
    "unsubscribe_by_link", "add_push_endpoint", "update_push_endpoint", "delete_push_endpoint", "set_picture",
})  # fmt: skip


@pytest.fixture
def paid(club: Club, hand: Hand) -> dict[str, Any]:
    """A post with every way to tell of it: it names the follower, carries a media and takes comments."""
    hand.run("UPDATE channels SET paid = true")
    entities = [{"type": "mention", "offset": 0, "length": 3, "user_id": club.follower}]
    facts = {"entities": entities, "media_ids": [MEDIA], "comments": True, "teaser": TEASER}
    return dict(club.post(text=f"Ben {CANARY}", paid=True, price=PRICE, **facts))


def arguments_of(method: str, club: Club, post_id: str) -> dict[str, Any]:
    """Return arguments by which a method would show the most."""
    known: dict[str, Any] = {
        "channel_id": club.id, "post_id": post_id, "handle": "nowhere", "query": CANARY, "emoji": "👍", "pinned": True,
        "text": "mine", "up_to_seq": 1, "after_seq": 0, "heads": {}, "observer_id": new_id(),
        "since": "2020-01-01T00:00:00Z", "user_id": club.follower, "post_ids": [post_id], "channel_ids": [club.id],
        "section": "posts",
    }  # fmt: skip
    wanted = inspect.signature(getattr(Interface, method)).parameters.values()
    return {each.name: known[each.name] for each in wanted if each.default is each.empty and each.name != "self"}


def read_everything(service: SubscriptionsService, club: Club, post_id: str, reader: str) -> dict[str, str]:
    """Call every method of the interface as somebody, and return what each said."""
    said = {}
    for method in (name for name in vars(Interface) if not name.startswith("_") and name not in LEFT_OUT):
        with calling(reader):
            try:
                said[method] = json.dumps(getattr(service, method)(**arguments_of(method, club, post_id)))
            except ServiceError as error:
                said[method] = json.dumps(error.to_wire())
    return said


def test_no_method_says_it_to_who_has_not_paid(
    club: Club, hand: Hand, service: SubscriptionsService, paid: dict[str, Any]
) -> None:
    for reader in (club.follower, club.stranger):
        said = read_everything(service, club, paid["id"], reader)
        assert [method for method, answer in said.items() if CANARY in answer or MEDIA in answer] == []
        for method in ("get_post", "list_posts", "list_log"):
            assert TEASER in said[method], method
    assert [method for method, said in read_everything(service, club, paid["id"], club.admin).items() if CANARY in said]


def test_who_has_paid_reads_it_in_each_of_these_ways(
    club: Club, service: SubscriptionsService, worker: SubscriptionsWorker, paid: dict[str, Any]
) -> None:
    event = EntitlementChanged(
        user_id=club.follower, subject_kind="channel", subject_id=club.id, active=True, until=None, version=1
    )
    worker.on_channel_entitlement_changed(event)
    said = read_everything(service, club, paid["id"], club.follower)
    shows = {method for method, answer in said.items() if CANARY in answer and MEDIA in answer}
    assert {"get_post", "list_posts", "list_log", "add_post_reaction"} <= shows


def test_no_frame_notification_push_or_event_says_it(
    club: Club, hand: Hand, push: FakePush, db: Transactions, service: SubscriptionsService, paid: dict[str, Any]
) -> None:
    hand.device(club.follower)
    hand.run("UPDATE fanout_jobs SET state = 'waiting'")
    with db.transaction() as session:
        assert fanout.tell_mentioned(session, club.id, paid["id"], [club.follower]) == [club.follower]
    hand.walk()
    hand.send()
    assert len(hand.lines(club.follower)) == len(hand.payloads()) == 1
    with calling(club.author):
        service.edit_post(post_id=paid["id"], text=f"{CANARY} again", teaser=TEASER)
    with calling(club.admin):
        service.pin_post(post_id=paid["id"], pinned=True)
    frames = push.on(f"chan:{club.id}")
    assert [frame["type"] for frame in frames] == ["post.published", "post.edited", "post.pinned"]
    assert {frame["data"]["locked"] for frame in frames} == {True}
    told = json.dumps([push.frames, hand.lines(club.follower), hand.payloads(), outbox(db)])
    assert CANARY not in told
    assert TEASER in told


def outbox(db: Transactions) -> list[str]:
    with db.reading() as session:
        return [bytes(row.body).decode() for row in session.execute(text("SELECT body FROM outbox"))]


def test_no_webhook_is_told_it(
    club: Club, db: Transactions, push: FakePush, service: SubscriptionsService, receiver: Receiver,
    paid: dict[str, Any],
) -> None:  # fmt: skip
    with calling(club.admin):
        service.attach_observer(channel_id=club.id, kind="webhook", url=receiver.url, from_seq=0)
    queue = WebhookQueue(db, push, Webhooks(Limits(total_s=2.0, max_bytes=1_000)))
    with db.transaction() as session:
        session.execute(webhooks.WAKE)
    queue.turn()
    queue._pool.waitall()
    queue.finish()
    bodies = b"".join(request.body for request in receiver.requests).decode()
    assert TEASER in bodies
    assert CANARY not in bodies
    assert MEDIA not in bodies


@pytest.fixture
def digest(club: Club, service: SubscriptionsService, db: Transactions) -> Callable[[], str]:
    """The mail of the admin, who observes the channel by digest."""
    with calling(club.admin):
        service.update_preferences(changes={"email_digest": "daily"})
        service.attach_observer(channel_id=club.id, kind="digest", from_seq=0)

    def mail() -> str:
        with db.transaction() as session:
            (claimed,) = digests.claim(session, 5, datetime.now(UTC) + timedelta(days=2))
            content = digests.gather(session, claimed)
            assert content is not None
            session.rollback()
        return letters.digest(claimed, content).get_body(("plain",)).get_content()  # type: ignore[union-attr]

    return mail


def test_a_digest_says_it_to_the_team_alone(club: Club, digest: Callable[[], str], paid: dict[str, Any]) -> None:
    assert CANARY in digest()
    club.do(team.set_role, club.id, club.owner, club.admin, "follower")
    said = digest()
    assert CANARY not in said
    assert TEASER in said


def test_svc_media_hears_that_nobody_else_may_have_what_it_carries(
    club: Club, service: SubscriptionsService, paid: dict[str, Any]
) -> None:
    with calling_as_service("media"):
        assert service.find_readable_posts(user_id=club.follower, post_ids=[paid["id"]]) == []
        assert service.find_readable_posts(user_id=club.author, post_ids=[paid["id"]]) == [paid["id"]]
