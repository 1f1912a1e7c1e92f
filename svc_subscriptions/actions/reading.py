"""How far somebody has read: exact unread counts, and views that count each person once for each post.

A read mark touches the person's own row and their shard of the counters, so that a thousand people
who read the same post at once wait neither for one another nor for its author.
"""

from __future__ import annotations

from sqlalchemy import and_, select, text
from sqlalchemy.orm import Session

from contracts.subscriptions import UnknownFollower
from svc_subscriptions import live
from svc_subscriptions.actions.access import find_subscription, see_channel
from svc_subscriptions.actions.counting import count_day, shard_of, today, unread_posts
from svc_subscriptions.actions.paywall import is_open_to
from svc_subscriptions.models import Channel, Subscription
from svc_subscriptions.post_models import Post

#: Of a longer stretch that is marked at once, only the last posts count as seen.
MAX_SEEN = 500

_SEE = text("""
WITH seen AS (
  INSERT INTO post_views (channel_id, post_id, user_id)
  SELECT :channel_id, id, :user_id FROM unnest(CAST(:post_ids AS uuid[])) AS id
  ON CONFLICT DO NOTHING RETURNING post_id
), counted AS (
  INSERT INTO post_view_counts (channel_id, post_id, shard, views)
  SELECT :channel_id, post_id, :shard, 1 FROM seen ORDER BY post_id
  ON CONFLICT (channel_id, post_id, shard) DO UPDATE SET views = post_view_counts.views + 1
)
SELECT post_id::text FROM seen
""")


def mark_read(session: Session, channel_id: str, user_id: str, up_to_seq: int) -> Subscription:
    """Note that the person has read the log up to a number; an earlier one changes nothing.

    Raises:
        UnknownChannel: They may not know the channel.
        UnknownFollower: They do not follow it.
    """
    channel, _ = see_channel(session, channel_id, user_id)
    subscription = find_subscription(session, channel_id, user_id, lock=True)
    if subscription is None:
        raise UnknownFollower("You do not follow this channel.")
    target = min(up_to_seq, channel.seq)
    if target > subscription.read_seq:
        _move(session, subscription, target)
        data = {"channel_id": channel_id, "read_seq": target, "unread": count_unread(session, channel_id, user_id)}
        live.to_user(session, user_id, "channel.read", data)
    return subscription


def _move(session: Session, subscription: Subscription, target: int) -> None:
    seen = _see(session, subscription, target)
    last = select(Post.post_number).where(Post.channel_id == subscription.channel_id, Post.seq <= target)
    subscription.read_posts = session.scalar(last.order_by(Post.seq.desc()).limit(1)) or 0
    subscription.read_seq = target
    counts = {"reads": seen}
    if seen and subscription.read_day != today():
        subscription.read_day = today()
        counts["reach"] = 1
    session.flush()
    if seen:
        count_day(session, subscription.channel_id, shard_of(subscription.user_id), **counts)


def _see(session: Session, subscription: Subscription, target: int) -> int:
    """Count the person among those who have seen the posts up to `target`; return how many were new."""
    facts = {
        "channel_id": subscription.channel_id,
        "user_id": subscription.user_id,
        "post_ids": _readable_ids(session, subscription, target),
        "shard": shard_of(subscription.user_id),
    }
    seen = session.execute(_SEE, facts).scalars().all()
    live.count_changed(session, subscription.channel_id, seen)
    return len(seen)


def _readable_ids(session: Session, subscription: Subscription, target: int) -> list[str]:
    """Return the posts of others up to `target` that the person may read: one that is locked to them is not seen."""
    mine = and_(Subscription.channel_id == Post.channel_id, Subscription.user_id == subscription.user_id)
    query = (
        select(Post.id)
        .outerjoin(Subscription, mine)
        .where(
            Post.channel_id == subscription.channel_id,
            Post.seq > subscription.read_seq,
            Post.seq <= target,
            Post.deleted_at.is_(None),
            Post.author_id != subscription.user_id,
            is_open_to(subscription.user_id),
        )
    )
    return list(session.scalars(query.order_by(Post.seq.desc()).limit(MAX_SEEN)))


def count_unread(session: Session, channel_id: str, user_id: str) -> int:
    """Return how many posts of a channel a follower has not read."""
    query = (
        select(unread_posts())
        .select_from(Channel)
        .join(Subscription, Subscription.channel_id == Channel.id)
        .where(Channel.id == channel_id, Subscription.user_id == user_id)
    )
    return session.scalar(query) or 0
