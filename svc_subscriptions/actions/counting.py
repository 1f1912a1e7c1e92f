"""Counters of people, spread so that many can follow and read at once without waiting for a publisher.

A channel's row is locked by whoever publishes. What followers count is therefore kept in `SHARDS` rows
beside it, one of which belongs to each person; sums are taken when somebody asks.
"""

from __future__ import annotations

import zlib
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, cast, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from contracts.subscriptions import MAX_FOLLOWED, TooManyFollowed
from svc_subscriptions.models import SHARDS, Channel, ChannelDay, FollowerCount, Following, Subscription
from svc_subscriptions.notification_models import PushEndpoint
from svc_subscriptions.post_models import Post

#: The shard of a day's row that publishers use, under the channel's lock; no follower waits for it.
PUBLISHERS = SHARDS


def shard_of(user_id: str) -> int:
    """Return which of a channel's rows count the person."""
    return zlib.crc32(user_id.encode()) % SHARDS


def today() -> date:
    """Return the present day in UTC."""
    return datetime.now(UTC).date()


def lock_person(session: Session, user_id: str) -> Following:
    """Lock what the person follows until the transaction ends: the first lock that a follower takes."""
    session.execute(insert(Following).values(user_id=user_id).on_conflict_do_nothing())
    return session.get_one(Following, user_id, with_for_update={"key_share": True}, populate_existing=True)


def count_followed(person: Following) -> None:
    """Count one more channel for a person whose row is locked.

    Raises:
        TooManyFollowed: They follow `MAX_FOLLOWED`.
    """
    if person.followed >= MAX_FOLLOWED:
        raise TooManyFollowed(limit=MAX_FOLLOWED)
    person.followed += 1


def count_follower(session: Session, channel_id: str, user_id: str, change: int) -> None:
    """Count a follower who came (1) or went (-1), for the channel and for the day."""
    row = insert(FollowerCount).values(channel_id=channel_id, shard=shard_of(user_id), followers=change)
    session.execute(
        row.on_conflict_do_update(
            index_elements=["channel_id", "shard"],
            set_={"followers": FollowerCount.followers + row.excluded.followers},
        )
    )
    count_day(session, channel_id, shard_of(user_id), **({"joined": 1} if change > 0 else {"left": 1}))


def count_day(session: Session, channel_id: str, shard: int, **counts: int) -> None:
    """Add `counts` (joined, left, posts, reach, reads) to the present day of a channel."""
    row = insert(ChannelDay).values(channel_id=channel_id, day=today(), shard=shard, **counts)
    session.execute(
        row.on_conflict_do_update(
            index_elements=["channel_id", "day", "shard"],
            set_={name: getattr(ChannelDay, name) + row.excluded[name] for name in counts},
        )
    )


def followers_of_channel() -> ColumnElement[int]:
    """Return the follower count of the `Channel` in the query."""
    total = select(func.coalesce(func.sum(FollowerCount.followers), 0)).where(FollowerCount.channel_id == Channel.id)
    return cast(total.correlate(Channel).scalar_subquery(), BigInteger)


def unread_posts() -> ColumnElement[int]:
    """Return how many posts of the `Channel` the person of the `Subscription` in the query has not read.

    Exact, and without counting what is unread: of the posts numbered beyond `read_posts`, the deleted
    ones and one's own are subtracted, which two indexes hold apart.
    """
    beyond = (Post.channel_id == Channel.id, Post.post_number > Subscription.read_posts)
    deleted = select(func.count()).select_from(Post).where(*beyond, Post.deleted_at.is_not(None))
    own = (
        select(func.count())
        .select_from(Post)
        .where(*beyond, Post.author_id == Subscription.user_id, Post.deleted_at.is_(None))
    )
    subtracted = [each.correlate(Channel, Subscription).scalar_subquery() for each in (deleted, own)]
    return Channel.post_count - Subscription.read_posts - subtracted[0] - subtracted[1]


def has_push(user_id: Any) -> ColumnElement[bool]:
    """Return the condition that a person has an enabled push endpoint."""
    return exists().where(PushEndpoint.user_id == user_id, PushEndpoint.enabled)


def mirror_push(session: Session, user_id: str) -> None:
    """Bring `subscriptions.push` up to date after the person's endpoints changed, under `lock_person`."""
    wanted = bool(session.scalar(select(has_push(user_id))))
    mine = (Subscription.user_id == user_id, Subscription.push != wanted)
    session.execute(update(Subscription).where(*mine).values(push=wanted).execution_options(synchronize_session=False))
