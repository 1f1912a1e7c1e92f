"""Who may read posts that cost something: who paid, the channel's team and the author; nobody else, in any way.

Every way to read asks here. For nobody in particular, as in frames and webhooks, such posts are closed. What was
paid is in `entitlements` (`actions/entitlements.py`); access ends by itself at `until`.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from svc_subscriptions.models import Subscription
from svc_subscriptions.post_models import Entitlement, Post

TEAM = ("author", "admin", "owner")


def is_closed(post: Post) -> bool:
    """Tell whether only some may read a post."""
    return post.paid or post.price is not None


def is_open_to(user_id: str) -> ColumnElement[bool]:
    """Return the condition that somebody may read the `Post` in the query, outer-joined to their `Subscription`."""
    return or_(
        and_(~Post.paid, Post.price.is_(None)),
        Post.author_id == user_id,
        Subscription.role.in_(TEAM),
        _has_paid(user_id),
    )


def _has_paid(user_id: str) -> ColumnElement[bool]:
    of_channel = and_(Post.paid, Entitlement.subject_kind == "channel", Entitlement.subject_id == Post.channel_id)
    of_post = and_(Entitlement.subject_kind == "post", Entitlement.subject_id == Post.id)
    lasts = or_(Entitlement.until.is_(None), Entitlement.until > func.now())
    return exists().where(Entitlement.user_id == user_id, Entitlement.active, lasts, or_(of_channel, of_post))


def locked_ids(session: Session, posts: Collection[Post], user_id: str | None) -> set[str]:
    """Return the ids of those of one channel's posts that somebody may not read, or nobody for None."""
    closed = {post.id for post in posts if is_closed(post)}
    if not closed or user_id is None:
        return closed
    channel_id = next(iter(posts)).channel_id
    mine = and_(Subscription.channel_id == Post.channel_id, Subscription.user_id == user_id)
    found = select(Post.id).outerjoin(Subscription, mine).where(Post.channel_id == channel_id, Post.id.in_(closed))
    return closed - set(session.scalars(found.where(is_open_to(user_id))))
