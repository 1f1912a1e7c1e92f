"""Which posts a person may read: asked by the services that own what posts carry, e.g. media."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from svc_subscriptions.actions.access import is_visible
from svc_subscriptions.models import Channel, Subscription
from svc_subscriptions.post_models import Post


def readable_posts(session: Session, user_id: str, post_ids: Collection[str]) -> list[str]:
    """Return those of the posts that the person may read now: undeleted, in channels that they may know."""
    following = and_(Subscription.channel_id == Channel.id, Subscription.user_id == user_id)
    found = select(Post.id).join(Channel, Channel.id == Post.channel_id).outerjoin(Subscription, following)
    return list(session.scalars(found.where(Post.id.in_(post_ids), Post.deleted_at.is_(None), is_visible())))
