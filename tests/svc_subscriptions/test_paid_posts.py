"""Posts that cost something: open to who paid, to the team and the author; closed to everybody else, in time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from nameko.testing.services import worker_factory
from sqlalchemy import select, text, update

from contracts.base import Invalid, new_id
from contracts.clock import rfc3339
from contracts.payments import EntitlementChanged, PlansChanged
from contracts.subscriptions import ChannelNotPaid, PostLocked, PostMismatch
from plumbing.database import Transactions
from svc_subscriptions import rebuilding
from svc_subscriptions.actions import comments, following, posts, reactions, team
from svc_subscriptions.composing import compose
from svc_subscriptions.models import Outbox
from svc_subscriptions.post_models import Entitlement
from svc_subscriptions.service import SubscriptionsService
from svc_subscriptions.worker import SubscriptionsWorker
from tests.services import FakePush, calling, calling_as_service
from tests.svc_subscriptions.channels import Club, FakeMessaging

PRICE = {"amount": 300, "currency": "EUR"}
SECRET = "what only payers read"


class Till:
    """What svc_payments would tell."""

    def __init__(self, club: Club, worker: SubscriptionsWorker) -> None:
        self.club = club
        self.worker = worker
        self.version = 0

    def sell(self, paid: bool = True) -> None:
        self.version += 1
        self.worker.on_plans_changed(PlansChanged(channel_id=self.club.id, paid=paid, version=self.version))

    def entitle(self, user_id: str, post_id: str | None = None, *, version: int | None = None, **facts: Any) -> None:
        self.version += 1
        known: dict[str, Any] = {"active": True, "until": None, **facts}
        event = EntitlementChanged(
            user_id=user_id, subject_kind="post" if post_id else "channel", subject_id=post_id or self.club.id,
            version=self.version if version is None else version, **known,
        )  # fmt: skip
        if post_id:
            self.worker.on_post_entitlement_changed(event)
        else:
            self.worker.on_channel_entitlement_changed(event)

    def reads(self, user_id: str, post_id: str) -> bool:
        view = self.club.look(posts.get_post, post_id, user_id)
        assert view["locked"] == (SECRET not in view["text"])
        return not view["locked"]


@pytest.fixture
def till(club: Club, db: Transactions, push: FakePush, messaging: FakeMessaging) -> Till:
    made = Till(club, worker_factory(SubscriptionsWorker, db=db, push=push, messaging=messaging))
    made.sell()
    push.clear()
    return made


def test_a_channel_says_whether_it_sells(club: Club, till: Till, service: SubscriptionsService, push: FakePush) -> None:
    with calling(club.stranger):
        assert service.get_channel(channel_id=club.id)["paid"] is True
    till.sell(paid=False)
    assert [frame["data"] for frame in push.on(f"chan:{club.id}")] == [{"paid": False}]
    till.worker.on_plans_changed(PlansChanged(channel_id=club.id, paid=True, version=1))  # came late
    till.worker.on_plans_changed(PlansChanged(channel_id=new_id(), paid=True, version=1))
    assert club.channel().paid is False
    with pytest.raises(ChannelNotPaid):
        club.post(paid=True)


def test_a_paid_post_is_open_to_payers_team_and_author(club: Club, till: Till) -> None:
    post = club.post(text=SECRET, teaser="Look!", paid=True, media_ids=[new_id()], comments=True)
    assert (post["text"], post["locked"], post["paid"], post["price"]) == (SECRET, False, True, None)
    locked = club.look(posts.get_post, post["id"], club.follower)
    assert (locked["text"], locked["teaser"], locked["media_ids"], locked["locked"]) == ("Look!", "Look!", [], True)
    till.entitle(club.follower)
    opened = club.look(posts.get_post, post["id"], club.follower)
    assert (opened["text"], opened["media_ids"], opened["locked"]) == (SECRET, post["media_ids"], False)
    assert [till.reads(each, post["id"]) for each in (club.owner, club.admin, club.author)] == [True] * 3
    assert not till.reads(club.stranger, post["id"])
    till.entitle(club.stranger)
    assert till.reads(club.stranger, post["id"])  # the channel is public


def test_a_post_with_a_price_is_open_to_its_buyers_alone(club: Club, till: Till) -> None:
    priced = club.post(text=SECRET, price=PRICE)["id"]
    both = club.post(text=SECRET, price=PRICE, paid=True)["id"]
    till.entitle(club.follower)
    assert (till.reads(club.follower, priced), till.reads(club.follower, both)) == (False, True)
    for post_id in (priced, both):
        till.entitle(club.stranger, post_id)
    assert (till.reads(club.stranger, priced), till.reads(club.stranger, both)) == (True, True)
    assert not till.reads(club.stranger, club.post(text=SECRET, price=PRICE)["id"])
    assert club.look(posts.get_post, priced, club.follower)["price"] == PRICE


def test_who_may_not_read_a_post_has_not_seen_it(club: Club, till: Till) -> None:
    locked, priced, free = [club.post(text=SECRET, **facts)["id"] for facts in ({"paid": True}, {"price": PRICE}, {})]
    till.entitle(club.follower, priced)
    club.read(club.follower, 10)
    club.read(club.owner, 10)
    views = [club.look(posts.get_post, each, club.owner)["views"] for each in (locked, priced, free)]
    assert views == [1, 2, 2]


def test_an_author_who_left_the_team_still_reads_their_own(club: Club, till: Till) -> None:
    own, other = club.post(text=SECRET, paid=True)["id"], club.post(club.owner, text=SECRET, paid=True)["id"]
    club.do(team.set_role, club.id, club.owner, club.author, "follower")
    assert (till.reads(club.author, own), till.reads(club.author, other)) == (True, False)


def test_access_ends_by_event_and_by_itself(club: Club, till: Till, push: FakePush, db: Transactions) -> None:
    post_id = club.post(text=SECRET, paid=True)["id"]
    until = rfc3339(datetime.now(UTC) + timedelta(days=30))
    till.entitle(club.follower, until=until)
    assert till.reads(club.follower, post_id)
    assert push.on(f"user:{club.follower}")[-1] == {
        "t": "user_event", "type": "entitlement.changed",
        "data": {"subject_kind": "channel", "subject_id": club.id, "active": True, "until": until},
    }  # fmt: skip
    with db.transaction() as session:
        session.execute(update(Entitlement).values(until=text("now() - interval '1 millisecond'")))
    assert not till.reads(club.follower, post_id)
    till.entitle(club.follower)
    till.entitle(club.follower, active=False)
    assert not till.reads(club.follower, post_id)
    till.entitle(club.follower, version=till.version - 1)  # came late
    assert not till.reads(club.follower, post_id)


def test_the_media_of_a_closed_post_are_closed_too(club: Club, till: Till, service: SubscriptionsService) -> None:
    closed, free = club.post(text=SECRET, paid=True)["id"], club.post()["id"]

    def readable(user_id: str) -> set[str]:
        with calling_as_service("media"):
            return set(service.find_readable_posts(user_id=user_id, post_ids=[closed, free]))

    assert (readable(club.follower), readable(club.stranger)) == ({free}, {free})
    till.entitle(club.follower)
    assert (readable(club.follower), readable(club.author)) == ({free, closed}, {free, closed})
    till.entitle(club.follower, active=False)
    assert readable(club.follower) == {free}


def test_who_follows_a_private_channel_no_more_reads_nothing_of_it(club: Club, till: Till) -> None:
    club.do(lambda session: setattr(session.get_one(type(club.channel()), club.id), "visibility", "private"))
    post_id = club.post(text=SECRET, paid=True)["id"]
    till.entitle(club.follower)
    assert till.reads(club.follower, post_id)
    club.do(following.unsubscribe, club.id, club.follower)
    with pytest.raises(Exception, match="unknown_post"):
        till.reads(club.follower, post_id)


def test_locked_posts_take_neither_reactions_nor_comments(
    club: Club, till: Till, service: SubscriptionsService, messaging: FakeMessaging
) -> None:
    post_id = club.post(text=SECRET, paid=True, comments=True)["id"]
    with pytest.raises(PostLocked):
        club.do(reactions.add_reaction, post_id, club.follower, "👍")
    with calling(club.follower):
        with pytest.raises(PostLocked):
            service.join_comments(post_id=post_id)
        till.entitle(club.follower)
        service.join_comments(post_id=post_id)
        service.add_post_reaction(post_id=post_id, emoji="👍")
    till.worker.begin_comments()
    assert club.look(posts.get_post, post_id, club.follower)["comments_conversation_id"] == post_id
    assert messaging.members[post_id] == {club.author, club.follower}
    till.entitle(club.follower, active=False)
    assert messaging.members[post_id] == {club.author}
    assert club.look(posts.get_post, post_id, club.follower)["comments_conversation_id"] is None


def test_the_comments_of_a_closed_post_are_not_called_by_its_text(club: Club, till: Till, db: Transactions) -> None:
    club.post(text=SECRET, paid=True, comments=True)
    club.post(text=SECRET, price=PRICE, comments=True, teaser="Look!")
    with db.reading() as session:
        assert [linked.title for linked in comments.awaiting(session, 5)] == ["…", "Look!"]


def test_the_teaser_is_edited_and_price_and_paid_stay(club: Club, till: Till) -> None:
    post = club.post(text=SECRET, paid=True, price=PRICE, teaser="One")
    edited = club.do(posts.edit_post, post["id"], club.author, f"{SECRET}!", [], "Two")
    assert (edited["teaser"], edited["paid"], edited["price"]) == ("Two", True, PRICE)
    assert club.do(posts.edit_post, post["id"], club.author, SECRET, [])["teaser"] == "Two"
    assert club.look(posts.get_post, post["id"], club.follower)["text"] == "Two"


def test_the_same_post_again_is_the_same_with_its_price(club: Club, till: Till) -> None:
    facts = {"client_post_id": "one", "text": SECRET, "price": PRICE}
    first, again = club.publish(**facts), club.publish(**facts)
    assert (first.replayed, again.replayed) == (False, True)
    assert first.post == again.post
    with pytest.raises(PostMismatch):
        club.publish(**{**facts, "price": {**PRICE, "amount": 301}})


def test_a_post_without_a_price_is_known_by_the_hash_that_it_had_before(club: Club) -> None:
    free = compose(client_post_id="a", text="news")
    assert free.body_hash.hex() == "e2a15c0b711a0d468537186d90c780d38fe4e41d1e65ec2645c8ff8d9c209c0c"


@pytest.mark.parametrize(
    "price",
    [{}, {"amount": 300}, {"amount": 0, "currency": "EUR"}, {"amount": True, "currency": "EUR"}, 3,
     {"amount": 300, "currency": "eur"}, {"amount": 10**12, "currency": "EUR"}, {**PRICE, "more": 1}],
)  # fmt: skip
def test_a_price_is_an_amount_of_a_known_currency(price: Any) -> None:
    with pytest.raises(Invalid):
        compose(client_post_id="a", text="x", price=price)


def test_the_event_says_that_a_post_is_closed(club: Club, till: Till, db: Transactions) -> None:
    club.post(text=SECRET, paid=True)
    club.post()
    with db.reading() as session:
        bodies = session.scalars(select(Outbox.body).where(Outbox.name == "post_published").order_by(Outbox.version))
        assert ['"closed":true' in bytes(body).decode() for body in bodies] == [True, False]


class FakePayments:
    """Knows who paid for what."""

    def __init__(self, *paid: tuple[str, str], until: str | None = None) -> None:
        self.paid = set(paid)
        self.until = until

    def find_entitlements(self, *, user_id: str, subject_kind: str, subject_ids: list[str]) -> list[Any]:
        assert subject_kind in ("channel", "post")
        return [
            {"subject_kind": subject_kind, "subject_id": each, "until": self.until}
            for each in subject_ids
            if (user_id, each) in self.paid
        ]


def test_the_copy_is_made_anew(club: Club, till: Till, db: Transactions) -> None:
    paid, priced = club.post(text=SECRET, paid=True)["id"], club.post(text=SECRET, price=PRICE)["id"]
    till.entitle(club.stranger)
    payments = FakePayments((club.follower, club.id), (club.follower, priced))
    assert rebuilding.rebuild(db, payments) == 3
    assert [till.reads(club.follower, each) for each in (paid, priced)] == [True, True]
    assert not till.reads(club.stranger, paid)  # it had an entitlement of which payments knows nothing
    assert rebuilding.rebuild(db, payments) == 0
    till.entitle(club.follower, active=False, version=0)  # any event is newer than what was found
    assert not till.reads(club.follower, paid)
