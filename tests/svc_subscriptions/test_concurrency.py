"""Everybody at once: the log has no gap, counters are exact, and nobody follows too much."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import eventlet
import pytest
from sqlalchemy import func, select

from contracts.base import ServiceError, new_id
from contracts.subscriptions import MAX_FOLLOWED, ChannelLastOwner, TooManyFollowed
from plumbing.database import Transactions, transactions
from plumbing.settings import Settings
from svc_subscriptions.actions import channels, following, publishing, reading, team
from svc_subscriptions.composing import compose
from svc_subscriptions.models import Channel, Following, Outbox, Subscription
from svc_subscriptions.post_models import FanoutJob, PostViewCount
from tests.services import FakePush
from tests.svc_subscriptions.channels import Club, make_club

PEOPLE = 32
EACH = 6


@pytest.fixture(scope="module")
def wide(configured: Settings) -> Transactions:
    """The database with a connection for each person."""
    return transactions(configured.database_url, pool_size=PEOPLE)


@pytest.fixture
def crowd(db: Transactions, wide: Transactions, push: FakePush) -> Club:
    """A channel whose actions run at once."""
    made = make_club(db, push)
    made.db = wide
    return made


def at_once(work: Callable[[int], Any], count: int = PEOPLE) -> list[Any]:
    return list(eventlet.GreenPool(PEOPLE).imap(work, range(count)))


def test_publishing_and_following_at_once_leaves_no_gap(crowd: Club) -> None:
    def one(number: int) -> None:
        person = new_id()
        for turn in range(EACH):
            if number % 2:
                crowd.post((crowd.owner, crowd.admin, crowd.author)[turn % 3])
                continue
            crowd.follow(person)
            crowd.read(person, 10_000)
            if turn % 2:
                crowd.do(following.unsubscribe, crowd.id, person)

    at_once(one)
    posts = PEOPLE // 2 * EACH
    assert crowd.seqs() == list(range(1, posts + 1))
    channel = crowd.channel()
    assert (channel.seq, channel.post_count) == (posts, posts)
    assert crowd.count(select(func.count()).select_from(FanoutJob)) == posts
    assert crowd.count(select(func.count()).select_from(Outbox).where(Outbox.name == "post_published")) == posts
    rows = crowd.count(select(func.count()).select_from(Subscription))
    assert crowd.followers() == rows == 4
    assert crowd.count(select(func.sum(Following.followed))) == rows


def test_follower_counts_are_exact_when_all_come_at_once(crowd: Club) -> None:
    people = [new_id() for _ in range(PEOPLE)]
    at_once(lambda number: [crowd.follow(people[(number + turn) % PEOPLE]) for turn in range(EACH)])
    assert crowd.followers() == 4 + PEOPLE
    at_once(lambda number: crowd.do(following.unsubscribe, crowd.id, people[number % 8]))
    assert crowd.followers() == 4 + PEOPLE - 8


def test_views_are_exact_when_all_read_at_once(crowd: Club) -> None:
    people = [new_id() for _ in range(PEOPLE)]
    at_once(lambda number: crowd.follow(people[number]))
    for _ in range(5):
        crowd.post()
    at_once(lambda number: [crowd.do(reading.mark_read, crowd.id, people[number % 16], seq) for seq in range(1, 6)])
    assert crowd.count(select(func.sum(PostViewCount.views))) == 16 * 5
    unread = [crowd.unread(person) for person in people]
    assert unread == [0] * 16 + [5] * 16


def test_one_id_published_by_all_at_once_is_one_post(crowd: Club) -> None:
    outcomes = at_once(lambda _: crowd.publish(client_post_id="once"))
    assert len({each.post["id"] for each in outcomes}) == 1
    assert sum(each.replayed for each in outcomes) == PEOPLE - 1
    assert crowd.seqs() == [1]


def test_nobody_follows_one_too_many(crowd: Club) -> None:
    person = new_id()
    facts = {"title": "x", "language": "en", "visibility": "public"}
    others = [crowd.do(channels.create_channel, crowd.owner, facts) for _ in range(PEOPLE)]
    crowd.do(lambda session: session.add(Following(user_id=person, followed=MAX_FOLLOWED - 5)))

    def one(number: int) -> int:
        try:
            crowd.do(following.subscribe, others[number], person, "all", None)
        except TooManyFollowed:
            return 0
        return 1

    assert sum(at_once(one)) == 5
    assert crowd.count(select(func.count()).select_from(Subscription).filter_by(user_id=person)) == 5
    assert crowd.count(select(Following.followed).filter_by(user_id=person)) == MAX_FOLLOWED


def test_owners_who_all_leave_at_once_leave_one(crowd: Club) -> None:
    owners = [crowd.owner, crowd.admin, crowd.author, crowd.follower]
    for person in owners[1:]:
        crowd.do(team.set_role, crowd.id, crowd.owner, person, "owner")

    def one(number: int) -> int:
        try:
            crowd.do(following.unsubscribe, crowd.id, owners[number])
        except ChannelLastOwner:
            return 0
        return 1

    assert sum(at_once(one, 4)) == 3
    (left,) = crowd.look(lambda session: list(session.scalars(select(Subscription.user_id))))
    assert crowd.look(lambda session: session.get_one(Channel, crowd.id)).owner_id == left


def test_a_handle_taken_by_all_at_once_is_one_channels(crowd: Club) -> None:
    facts = {"title": "x", "language": "en", "visibility": "public", "handle": "wanted"}

    def one(_: int) -> int:
        try:
            crowd.do(channels.create_channel, new_id(), facts)
        except ServiceError:
            return 0
        return 1

    assert sum(at_once(one)) == 1


def test_a_follower_does_not_wait_for_a_publisher(crowd: Club) -> None:
    draft = compose(client_post_id="a", text="news")
    with crowd.db.transaction() as session:
        publishing.publish(session, crowd.id, crowd.author, draft)
        with eventlet.Timeout(3):
            crowd.follow(crowd.stranger)
            crowd.read(crowd.follower, 1)
            crowd.do(following.unsubscribe, crowd.id, crowd.stranger)
    assert crowd.seqs() == [1]
